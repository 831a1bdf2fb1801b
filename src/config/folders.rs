//! Where our files are: the XDG folders on Linux, the platform's own places elsewhere.

use crate::model::failure::Failure;
use std::path::PathBuf;

use super::env::Env;

/// The two folders named `ubihook`, where the system says where they would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    config: Option<PathBuf>,
    state: Option<PathBuf>,
}

impl Folders {
    /// Finds them; without a home there are none, which matters only to what needs one.
    pub fn find(env: &Env) -> Self {
        let absolute = |name: &str| {
            let path = env.get(name).map(PathBuf::from);
            path.filter(|path| path.is_absolute())
        };
        let home = |below: &str| absolute("HOME").map(|home| home.join(below));
        let (config, state) = if cfg!(windows) {
            (absolute("APPDATA"), absolute("LOCALAPPDATA"))
        } else if cfg!(target_os = "macos") {
            let support = home("Library/Application Support");
            (support.clone(), support)
        } else {
            (
                absolute("XDG_CONFIG_HOME").or_else(|| home(".config")),
                absolute("XDG_STATE_HOME").or_else(|| home(".local/state")),
            )
        };
        let ours = |folder: PathBuf| folder.join("ubihook");
        Self {
            config: config.map(ours),
            state: state.map(ours),
        }
    }

    /// `config.toml`, whether it is there or not.
    pub fn config_file(&self) -> Option<PathBuf> {
        Some(self.config.as_ref()?.join("config.toml"))
    }

    /// The folder of all that we remember.
    pub fn state(&self) -> Result<PathBuf, Failure> {
        self.state.clone().ok_or_else(|| {
            Failure::usage(
                "there is no place to keep state: neither HOME nor XDG_STATE_HOME is set",
            )
            .with_hint("export HOME=/path/to/a/folder/of/yours")
        })
    }
}
