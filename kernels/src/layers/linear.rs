//! A linear layer over positions that lie one after another.

use std::cell::Cell;

use rayon::prelude::*;

use super::plain::Plain;
use super::rounded::{Inputs, Rounded};
use crate::isa::Isa;
use crate::{KernelError, Result, scratch};

/// How the factors of matrix products may be rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// Not at all.
    Never,
    /// To 16-bit integers with one step for each position of the inputs and one for each output of the weights: faster, and closer to
    /// `f32` than bf16 is.
    Int16,
}

/// How the sum of an output enters the output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum End {
    /// The output is a leaky ReLU of the sum, of this slope; 1 for none.
    Leaky(f32),
    /// The sum is added to what the output holds.
    Add,
}

impl End {
    /// Enters the sums of a position.
    #[inline(always)]
    pub(super) fn enter(self, sums: impl Iterator<Item = f32>, out: &mut [f32]) {
        match self {
            Self::Leaky(slope) => {
                for (out, sum) in out.iter_mut().zip(sums) {
                    *out = if sum < 0.0 { sum * slope } else { sum };
                }
            }
            Self::Add => out.iter_mut().zip(sums).for_each(|(out, sum)| *out += sum),
        }
    }
}

/// A linear layer, `x * weight + bias`, ready to run.
#[derive(Debug, Clone)]
pub struct Linear {
    inputs: usize,
    outputs: usize,
    form: Form,
}

#[derive(Debug, Clone)]
enum Form {
    Plain(Plain),
    Rounded(Rounded),
}

/// Memory for the inner steps of layers, to be handed from call to call.
#[derive(Debug, Default)]
pub struct Scratch(Inputs);

thread_local! {
    static SCRATCH: Cell<Scratch> = Cell::default();
}

impl Linear {
    /// Packs a layer for the best instructions of the machine.
    ///
    /// # Shapes
    /// - `weight`: `[inputs, outputs]`; an odd number of inputs is never rounded
    /// - `bias`: `[outputs]`
    ///
    /// # Errors
    /// [`crate::KernelError::Parameter`] if there are no outputs, or the weights are not whole rows of them.
    pub fn new(weight: &[f32], bias: &[f32], rounding: Rounding) -> Result<Self> {
        Self::with_isa(weight, bias, rounding, Isa::best())
    }

    /// As [`Self::new`], for other instructions.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_isa(weight: &[f32], bias: &[f32], rounding: Rounding, isa: Isa) -> Result<Self> {
        let outputs = bias.len();
        let inputs = weight.len().checked_div(outputs).unwrap_or(0);
        if inputs == 0 || weight.len() != inputs * outputs {
            let what = "weights of a linear layer, whole rows of its outputs";
            let value = weight.len() as i64;
            return Err(KernelError::Parameter { what, value });
        }
        let form = match rounding {
            Rounding::Int16 if inputs.is_multiple_of(2) => Form::Rounded(Rounded::new(weight, bias, isa)),
            _ => Form::Plain(Plain::new(weight, bias, isa)),
        };
        Ok(Self { inputs, outputs, form })
    }

    /// Values of a position that come in.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Values of a position that go out.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Runs the layer at every position of `x` with all threads.
    ///
    /// # Shapes
    /// - `x`: `[positions, inputs]`
    /// - `out`: `[positions, outputs]`
    ///
    /// # Panics
    /// If the lengths do not fit each other.
    pub fn run(&self, x: &[f32], end: End, out: &mut [f32]) {
        let block = rows_of_a_task(out.len() / self.outputs);
        self.check(x, out);
        let tasks = out.par_chunks_mut(block * self.outputs);
        let tasks = tasks.zip(x.par_chunks(block * self.inputs));
        tasks.for_each(|(out, x)| scratch::with(&SCRATCH, |scratch| self.apply(x, end, scratch, out)));
    }

    /// As [`Self::run`], on the calling thread.
    ///
    /// # Panics
    /// If the lengths do not fit each other.
    pub fn apply(&self, x: &[f32], end: End, scratch: &mut Scratch, out: &mut [f32]) {
        self.check(x, out);
        match &self.form {
            Form::Plain(plain) => plain.run(x, end, out),
            Form::Rounded(rounded) => rounded.run(x, &mut scratch.0, end, out),
        }
    }

    fn check(&self, x: &[f32], out: &[f32]) {
        let positions = x.len() / self.inputs;
        assert!(
            x.len() == positions * self.inputs && out.len() == positions * self.outputs,
            "{} values for {} by a layer of {} to {}",
            x.len(),
            out.len(),
            self.inputs,
            self.outputs
        );
    }
}

/// Positions of a task: few enough to share out, enough for the inner loops and the second-level cache, whole blocks of both.
fn rows_of_a_task(rows: usize) -> usize {
    rows.div_ceil(rayon::current_num_threads() * 4)
        .clamp(1, 512)
        .next_multiple_of(48)
}
