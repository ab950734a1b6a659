//! Parameters by name, to and from host memory: what checkpoints, exports and averages are made of.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::{Device, Tensor, TensorData};

use super::{NamedTensor, Params};
use crate::{ModelError, Result};

/// Copies all parameters of a module to the host.
pub fn export_params<M: Module>(module: &M) -> Params {
    let mut reader = Reader::default();
    module.visit(&mut reader);
    reader.params
}

/// Gives a module the parameters of `params`, which must hold exactly its names and shapes.
///
/// The identity of each parameter becomes a function of its name, so that an optimizer finds its state again.
///
/// # Errors
/// [`ModelError::Weights`] naming the first parameter that is missing, left over or of another shape.
pub fn import_params<M: Module>(module: M, params: &Params, device: &Device) -> Result<M> {
    let mut writer = Writer {
        path: Vec::new(),
        params,
        device,
        used: 0,
        problem: None,
    };
    let module = module.map(&mut writer);
    if let Some(problem) = writer.problem {
        return Err(ModelError::Weights(problem));
    }
    if writer.used != params.len() {
        return Err(ModelError::Weights(format!(
            "{} parameters, but the model has {}",
            params.len(),
            writer.used
        )));
    }
    Ok(module)
}

#[derive(Default)]
struct Reader {
    path: Vec<String>,
    params: Params,
}

impl ModuleVisitor for Reader {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        let named = NamedTensor {
            shape: tensor.dims().to_vec(),
            data: host_values(tensor),
        };
        self.params.insert(self.path.join("."), named);
    }
}

/// The values of a tensor, row-major, whatever device it is on.
pub(crate) fn host_values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    let data = tensor.into_data().convert::<f32>();
    data.try_into_vec().expect("the values were made f32 just above")
}

struct Writer<'a> {
    path: Vec<String>,
    params: &'a Params,
    device: &'a Device,
    used: usize,
    problem: Option<String>,
}

impl ModuleMapper for Writer<'_> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.path.join(".");
        self.used += 1;
        let expected = param.val().dims().to_vec();
        match self.params.get(&name) {
            Some(named) if named.shape == expected => {
                let data = TensorData::new(named.data.clone(), named.shape.clone());
                let tensor = Tensor::from_data(data, self.device);
                Param::initialized(identity(&name), tensor).set_require_grad(self.device.is_autodiff())
            }
            Some(named) => {
                self.problem.get_or_insert(format!(
                    "{name} has shape {:?}, but the model needs {expected:?}",
                    named.shape
                ));
                param
            }
            None => {
                self.problem.get_or_insert(format!("{name} is missing"));
                param
            }
        }
    }
}

fn identity(name: &str) -> ParamId {
    let hash = blake3::hash(name.as_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash.as_bytes()[..8]);
    ParamId::from(u64::from_le_bytes(bytes))
}
