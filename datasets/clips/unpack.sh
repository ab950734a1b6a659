#!/bin/sh
# Unpacks a video for `lmc train video`: scaled-down frames as PPM images, one after the other, in one file.
#
#   datasets/clips/unpack.sh VIDEO OUT.frames [SCALE [SECONDS]]
#
# SCALE is an argument of ffmpeg's scale filter, such as 640:360 or -2:288 (by default -2:360); scaling down takes away
# the artefacts that a coded video has. Frames keep their order and none is left out. FFMPEG names the program.
set -eu
video=$1 out=$2 scale=${3:--2:360} seconds=${4:-30}
"${FFMPEG:-ffmpeg}" -nostdin -v error -y -i "$video" -t "$seconds" -vf "scale=$scale:flags=area,format=rgb24" \
  -fps_mode passthrough -f image2pipe -c:v ppm "$out.part"
mv "$out.part" "$out"
