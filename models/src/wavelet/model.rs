//! Placeholder.
/// p
#[derive(Debug)] pub struct LatentField;
/// p
#[derive(Debug)] pub struct Planes;
/// p
#[derive(Debug)] pub struct WaveletModel;
