//! A small codec of video goes through everything that is not a codec: container, damage, cuts, seeking, sound.

mod clips;
mod cuts;
mod damaged;
mod long;
mod toy;
mod whole;
