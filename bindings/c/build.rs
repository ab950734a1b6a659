//! The name by which programs find the library when they start: it changes with the interface, and with nothing else.

/// The version of the interface, `ABI_VERSION` in `src/lib.rs`.
const ABI: u32 = 1;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=LMC_C_ABI={ABI}");
    let name = match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("macos" | "ios") => format!("-Wl,-install_name,@rpath/liblmc.{ABI}.dylib"),
        Ok("windows") | Err(_) => return,
        Ok(_) => format!("-Wl,-soname,liblmc.so.{ABI}"),
    };
    println!("cargo::rustc-cdylib-link-arg={name}");
}
