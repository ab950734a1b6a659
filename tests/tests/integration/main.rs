//! The integration tests, in one program: each module is one promise of the project.

mod architecture;
mod attack;
mod attack_weights;
mod cli;
mod corpus;
mod corruption;
mod device;
mod eval;
mod eval_sounds;
mod golden;
mod golden_sounds;
mod gpu;
mod lossless;
mod pipeline;
mod reference;
mod sounds;
mod targets;
mod training;
mod views;
