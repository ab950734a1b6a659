"""The C library through ctypes: what `bindings/c/include/lmc.h` says."""

import ctypes

RGB8 = 2


class Options(ctypes.Structure):
    """`lmc_options`."""

    _fields_ = [
        *((name, ctypes.c_uint32) for name in "x y width height scale threads conceal max_side".split()),
        *((name, ctypes.c_uint64) for name in "max_pixels max_samples max_file_bytes".split()),
        *((name, ctypes.c_uint64) for name in "max_metadata_bytes max_memory_bytes".split()),
        ("max_channels", ctypes.c_uint32),
        ("reserved_flags", ctypes.c_uint32),
        ("watch", ctypes.c_void_p),
        ("user", ctypes.c_void_p),
        ("reserved", ctypes.c_uint64 * 8),
    ]


class Library:
    """A library that was loaded."""

    def __init__(self, path):
        self.library = ctypes.CDLL(str(path))
        self.library.lmc_last_error.restype = ctypes.c_char_p

    def check(self, code):
        if code != 0:
            raise RuntimeError(self.library.lmc_last_error().decode())

    def decode(self, stream, region, scale):
        """The size of an image and its pixels in RGB."""
        x, y, width, height = region or (0, 0, 0, 0)
        options = Options(x=x, y=y, width=width, height=height, scale=scale)
        decoder = ctypes.c_void_p()
        opened = self.library.lmc_open(stream, ctypes.c_size_t(len(stream)), ctypes.byref(options), ctypes.byref(decoder))
        self.check(opened)
        try:
            columns, rows = ctypes.c_uint32(), ctypes.c_uint32()
            self.check(self.library.lmc_image_size(decoder, ctypes.byref(columns), ctypes.byref(rows)))
            size = (columns.value, rows.value)
            pixels = ctypes.create_string_buffer(size[0] * size[1] * 3)
            length, stride = (ctypes.c_size_t(value) for value in (len(pixels), size[0] * 3))
            self.check(self.library.lmc_decode_pixels(decoder, RGB8, pixels, length, stride))
            return size, pixels.raw
        finally:
            self.library.lmc_close(decoder)
