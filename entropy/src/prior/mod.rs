//! The latent prior: from latents to bytes and back, the same on every machine.
//!
//! ```text
//! z << z_shift -> hs -> hyper ------------------> p1 -> mean, scale of the elements of step 1
//!                         \-> [hyper, known] ---> p2 -> mean, scale of the elements of step 2
//! ```
//!
//! The hyper-latents `z` are coded first, with one table per channel or, in a prior with a [`HyperContext`], by a mean and a scale that
//! positions before tell, then the elements of `y` of step 1, then those of step 2, each row by row, channels inner, in one rANS stream. [`Step`] tells which
//! elements are of which step; `known` holds the decoded elements of the steps before and zeros
//! elsewhere. A prior may have four more networks like these for a [`Context`] of four steps. The
//! symbol of an element says where its distance to the mean lies; the table is that of its scale
//! index and of the quantiser, which in each step begins in the first state: see [`crate::trellis`].
//!
//! What else is known of latents, such as the prediction of a frame, comes in by a [`SideNetwork`]: its outputs are added to `hyper`.

mod bytes;
mod coding;
mod hyper;
mod observer;
mod order;
mod side;
#[cfg(test)]
mod side_tests;
mod spec;
mod steps;
#[cfg(any(test, feature = "synthetic"))]
mod synthetic;
#[cfg(test)]
mod tests;

pub use hyper::hyper_inputs;
pub use observer::{Observer, Part};
pub use order::{Context, Step};
pub use side::{SideNetwork, SideSpec};
pub use spec::{FRACTIONS, HyperContext, MAX_SCALES, PriorSpec};
#[cfg(any(test, feature = "synthetic"))]
pub use synthetic::{synthetic, synthetic_latents, synthetic_side, with_hyper_context};

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use crate::error::{EntropyError, Result, check_limit};
use crate::trellis::{Machine, Prices, Quantisation, Quantiser};
use lmc_kernels::KernelError;
use lmc_kernels::net::{ACTIVATION_MAX, Activations, Divided, LayerSpec, Network};
use steps::Grid;

/// Positions of `y` that [`LatentPrior`] accepts unless told otherwise.
pub const DEFAULT_MAX_POSITIONS: usize = 1 << 16;

/// The latents of a picture, as they come over the border.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latents {
    /// Rows of `y`.
    pub height: usize,
    /// Columns of `y`.
    pub width: usize,
    /// `ceil(height / 4) * ceil(width / 4) * Z` hyper-latents: rows, columns, channels.
    pub z: Vec<i16>,
    /// `height * width * M` latents with 8 fractional bits: rows, columns, channels.
    pub y: Vec<i32>,
}

/// What [`LatentPrior::compress`] gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compressed {
    /// The stream.
    pub bytes: Vec<u8>,
    /// The latents as a decoder will see them: `height * width * M`, 4 fractional bits.
    pub y_hat: Vec<i16>,
    /// The checksum of `z` and `y_hat`.
    pub checksum: u32,
    /// How many symbols the stream holds.
    pub symbols: usize,
    /// What they cost by their probabilities alone, in 1/65536 bits: see [`crate::cost`].
    pub cost: u64,
    /// The 64-bit hash of `z` and the symbols.
    pub symbol_hash: u64,
}

/// What [`LatentPrior::decompress`] gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decompressed {
    /// The hyper-latents: `ceil(height / 4) * ceil(width / 4) * Z`.
    pub z: Vec<i16>,
    /// The decoded latents: `height * width * M`, 4 fractional bits.
    pub y_hat: Vec<i16>,
    /// The checksum of `z` and `y_hat`.
    pub checksum: u32,
    /// How many symbols the stream held.
    pub symbols: usize,
    /// The 64-bit hash of `z` and the symbols.
    pub symbol_hash: u64,
}

/// What the prior says of an element, for building tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observed {
    /// The scale index.
    pub scale: u8,
    /// The symbol, also of those that a stream would skip.
    pub symbol: i16,
    /// The quantiser; `None` for those that a stream would skip.
    pub quantiser: Option<Quantiser>,
}

/// What the context says of a hyper-latent, for building tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObservedHyper {
    /// The scale index.
    pub scale: u8,
    /// How far the mean is from the nearest whole number, in sixteenths.
    pub fraction: u8,
    /// The symbol.
    pub symbol: i16,
}

/// How the latents of a stream are coded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coding {
    /// How latents become symbols.
    pub quantisation: Quantisation,
    /// In which steps.
    pub context: Context,
}

impl From<Quantisation> for Coding {
    fn from(quantisation: Quantisation) -> Self {
        Self {
            quantisation,
            context: Context::default(),
        }
    }
}

/// How latents are coded, and what is known of them beside their hyper-latents.
#[derive(Debug, Clone, Copy, Default)]
pub struct Given<'a> {
    /// How latents are coded.
    pub coding: Coding,
    /// What [`SideNetwork`] makes, `[height, width, hyper channels]`, or nothing.
    pub side: Option<&'a Activations>,
    /// Whether the latents of each hyper-latent position, and its hyper-latents, are left out: they are not coded, and
    /// become zeros. One for each of these positions, or nothing where all are coded.
    pub skipped: Option<&'a [bool]>,
}

impl From<Coding> for Given<'_> {
    fn from(coding: Coding) -> Self {
        Self {
            coding,
            side: None,
            skipped: None,
        }
    }
}

impl From<Quantisation> for Given<'_> {
    fn from(quantisation: Quantisation) -> Self {
        Coding::from(quantisation).into()
    }
}

/// A prior ready to run.
#[derive(Debug, Clone)]
pub struct LatentPrior {
    spec: PriorSpec,
    /// The context of hyper-latents.
    pz: Option<hyper::Context>,
    hs: Network,
    /// The networks of the steps of [`Context::Two`], prepared when they are first asked for: most programs need one context.
    two: Steps,
    /// Those of [`Context::Four`], or none.
    four: Steps,
    max_positions: usize,
    observer: Option<Arc<dyn Observer>>,
    /// Made when they are first asked for, as only encoders need them.
    prices: OnceLock<Prices>,
}

impl LatentPrior {
    /// Checks a prior and prepares it.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Kernel`] when a network is not well formed or could overflow,
    /// [`EntropyError::Parameter`] when the parts do not fit each other.
    pub fn new(spec: PriorSpec) -> Result<Self> {
        spec.check()?;
        let hs = Network::new(&spec.hs, spec.z_channels)?;
        let hyper = hs.outputs();
        if hs.scale() != 4 {
            let value = hs.scale() as i64;
            let what = "scale of the hyper network";
            return Err(EntropyError::Parameter { what, value });
        }
        for context in [Context::Two, Context::Four] {
            for (layers, inputs) in step_layers(&spec, context, hyper) {
                check_step(layers, inputs, &spec)?;
            }
        }
        Ok(Self {
            two: Steps::new(),
            four: Steps::new(),
            pz: spec
                .pz
                .as_ref()
                .map(|context| hyper::Context::new(&context.network))
                .transpose()?,
            hs,
            spec,
            max_positions: DEFAULT_MAX_POSITIONS,
            observer: None,
            prices: OnceLock::new(),
        })
    }

    /// Changes how many positions of `y` are accepted: memory is about 4 kB for each.
    pub fn with_max_positions(mut self, positions: usize) -> Self {
        self.max_positions = positions;
        self
    }

    /// Tells an observer where the time goes; without one no clock is read.
    pub fn with_observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// What this prior was made of.
    pub fn spec(&self) -> &PriorSpec {
        &self.spec
    }

    /// Channels of `y`.
    pub fn channels(&self) -> usize {
        self.spec.channels
    }

    /// Whether the prior has tables of symbols that a trellis chose.
    pub fn knows_trellis(&self) -> bool {
        !self.spec.trellis_tables.is_empty()
    }

    /// The best coding that the prior is made for, by a machine and a context up to these.
    pub fn coding(&self, machine: Machine, context: Context) -> Coding {
        Coding {
            quantisation: if self.knows_trellis() {
                Quantisation::Trellis(machine)
            } else {
                Quantisation::Rounding
            },
            context: if self.spec.deep.is_empty() {
                Context::Two
            } else {
                context
            },
        }
    }

    /// Channels that all steps see.
    pub fn hyper_channels(&self) -> usize {
        self.hs.outputs()
    }

    /// Channels of `z`.
    pub fn z_channels(&self) -> usize {
        self.spec.z_channels
    }

    fn grid<'a>(&self, height: usize, width: usize, given: Given<'a>) -> Result<Grid<'a>> {
        let coding = given.coding;
        if coding.quantisation != Quantisation::Rounding && !self.knows_trellis() {
            return Err(EntropyError::Malformed("the model has no tables for a trellis"));
        }
        if coding.context == Context::Four && self.spec.deep.is_empty() {
            return Err(EntropyError::Malformed("the model has no context of four steps"));
        }
        let positions = (height as u64).saturating_mul(width as u64);
        if positions == 0 {
            return Err(EntropyError::Parameter {
                what: "positions of the latents",
                value: 0,
            });
        }
        // A single row is computed as four.
        let padded = (height as u64)
            .saturating_add(3)
            .saturating_mul((width as u64).saturating_add(3));
        let limit = self.max_positions as u64;
        check_limit("number of latent positions", positions, limit)?;
        check_limit("number of padded positions", padded, limit.saturating_mul(16))?;
        let grid = Grid {
            height,
            width,
            channels: self.spec.channels,
            skipped: given.skipped.unwrap_or_default(),
        };
        if let Some(skipped) = given.skipped {
            check_length("positions that are left out or not", skipped.len(), grid.z_positions())?;
        }
        Ok(grid)
    }

    fn networks(&self, context: Context) -> Result<&[Divided]> {
        let steps = match context {
            Context::Two => &self.two,
            Context::Four => &self.four,
        };
        let prepared = steps.get_or_init(|| {
            let groups = || order::outputs(context, self.spec.channels);
            let all = step_layers(&self.spec, context, self.hs.outputs());
            all.map(|(layers, inputs)| Divided::new(layers, inputs, groups()))
                .collect()
        });
        prepared.as_deref().map_err(|error| error.clone().into())
    }

    fn grid_of<'a>(&self, latents: &Latents, given: Given<'a>) -> Result<Grid<'a>> {
        let grid = self.grid(latents.height, latents.width, given)?;
        let of_z = grid.z_positions() * self.spec.z_channels;
        check_length("length of z", latents.z.len(), of_z)?;
        check_length("length of y", latents.y.len(), grid.elements())?;
        if latents.z.iter().any(|&z| z < -ACTIVATION_MAX) {
            return Err(EntropyError::Symbol(i64::from(i16::MIN)));
        }
        Ok(grid)
    }

    /// Runs the networks; `decide` decides the elements of each step by what they put out.
    fn walk<'a>(
        &self,
        (grid, given): (Grid<'a>, Given<'a>),
        z: &[i16],
        mut decide: impl FnMut(&mut steps::State<'a>, Step, &Activations) -> Result<()>,
    ) -> Result<steps::State<'a>> {
        let mut hyper = self.timed(Part::Networks, || self.hyper(grid, z))?;
        if let Some(side) = given.side {
            side::add(&mut hyper, side)?;
        }
        let context = given.coding.context;
        let mut state = steps::State::new(grid);
        for (step, network) in context.steps().zip(self.networks(context)?) {
            let outputs = self.timed(Part::Networks, || {
                let input = if step.is_first() {
                    hyper.clone()
                } else {
                    state.with_known(&self.spec, &hyper)
                };
                network.run(input, |i, j| step.group(i, j))
            })?;
            self.timed(Part::Coder, || decide(&mut state, step, &outputs))?;
        }
        Ok(state)
    }

    /// What the hyper decoder makes of `z`.
    fn hyper(&self, grid: Grid<'_>, z: &[i16]) -> Result<Activations> {
        let shift = u32::from(self.spec.z_shift);
        let scaled = z.iter().map(|&z| {
            let value = i32::from(z) << shift;
            value.clamp(-32767, 32767) as i16
        });
        let [height, width] = grid.z_size();
        let input = Activations {
            height,
            width,
            channels: self.spec.z_channels,
            data: scaled.collect(),
        };
        Ok(self.hs.run(input)?)
    }

    /// Does a piece of work, and tells the observer how long it took.
    fn timed<T>(&self, part: Part, work: impl FnOnce() -> T) -> T {
        let observed = self.observer.as_ref().map(|observer| (observer, Instant::now()));
        let result = work();
        if let Some((observer, start)) = observed {
            observer.spent(part, start.elapsed());
        }
        result
    }
}

fn check_length(what: &'static str, found: usize, wanted: usize) -> Result<()> {
    if found == wanted {
        return Ok(());
    }
    let value = found as i64;
    Err(EntropyError::Parameter { what, value })
}

/// Networks of steps, or why they could not be prepared.
type Steps = OnceLock<std::result::Result<Vec<Divided>, KernelError>>;

/// The layers of the steps of a context and their inputs, where the hyper network puts out `hyper` channels.
fn step_layers(spec: &PriorSpec, context: Context, hyper: usize) -> impl Iterator<Item = (&[LayerSpec], usize)> {
    let networks: Vec<&[LayerSpec]> = match context {
        Context::Two => vec![&spec.p1, &spec.p2],
        Context::Four => spec.deep.iter().map(Vec::as_slice).collect(),
    };
    context.steps().zip(networks).map(move |(step, layers)| {
        let known = if step.is_first() { 0 } else { spec.channels };
        (layers, hyper + known)
    })
}

/// Checks the network of a step, which must put out means and log-scales at the resolution of its `inputs`.
fn check_step(layers: &[LayerSpec], inputs: usize, spec: &PriorSpec) -> Result<()> {
    let whole = Network::check(layers, inputs)?;
    for (what, found, wanted) in [
        ("scale of a step", whole.scale, 1),
        ("outputs of a step", whole.outputs, 2 * spec.channels),
    ] {
        if found != wanted {
            let value = found as i64;
            return Err(EntropyError::Parameter { what, value });
        }
    }
    Ok(())
}
