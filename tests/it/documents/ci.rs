//! The files of CI in a document: the scripts of their steps are run.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Tally, not_run, reader::Reader};

/// Runs the scripts of a CI file's jobs.
pub(super) fn ci(
    reader: &mut Reader,
    tally: &mut Tally,
    kind: &str,
    text: &str,
) -> Result<(), String> {
    let file: Value = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
    let lines = |value: &Value| -> Vec<String> {
        let items = value.as_array().into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let (jobs, environment) = match kind {
        "github" => (&file["jobs"], "env"),
        _ => (&file, "variables"),
    };
    let jobs = jobs.as_object().ok_or("no jobs")?;
    for (name, job) in jobs {
        let mut variables = BTreeMap::new();
        for (key, value) in job[environment].as_object().into_iter().flatten() {
            let value = value.as_str().ok_or("a variable that is no text")?;
            variables.insert(key.clone(), expression(reader, key, value));
        }
        if kind == "gitlab" {
            // Set in the project's settings.
            let value = "Bearer a-value-that-nobody-sees".to_owned();
            variables.insert("UBIHOOK_SECRET_ORDERS".to_owned(), value);
        }
        let scripts = if kind == "github" {
            let steps = job["steps"].as_array().ok_or("no steps")?;
            steps
                .iter()
                .filter_map(|step| step["run"].as_str().map(str::to_owned))
                .collect()
        } else {
            let all = [lines(&job["before_script"]), lines(&job["script"])].concat();
            vec![all.join("\n")]
        };
        for script in scripts {
            let commands = commands(&script, tally);
            if commands.is_empty() {
                continue;
            }
            if script.contains("${{") {
                return Err(format!("{name}: an expression inside a script"));
            }
            tally.steps += commands.len();
            reader
                .step(&variables, &commands.join("\n"))
                .map_err(|problem| format!("{name}: {script}\n{problem}"))?;
        }
    }
    Ok(())
}

/// The commands of a script that are run.
fn commands(script: &str, tally: &mut Tally) -> Vec<String> {
    let script = script.replace("\\\n", " ");
    let mut commands = Vec::new();
    for line in script
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        match not_run(line) {
            Some(entry) => *tally.left_out.entry(entry).or_default() += 1,
            None => commands.push(line.to_owned()),
        }
    }
    commands
}

/// A value of GitHub's `env`, with what its expressions stand for here.
fn expression(reader: &Reader, key: &str, value: &str) -> String {
    let Some((head, rest)) = value.split_once("${{") else {
        return value.to_owned();
    };
    let (_, tail) = rest.split_once("}}").expect("an expression has an end");
    let set = reader.world.command();
    let set = set
        .get_envs()
        .find(|(name, _)| *name == key)
        .and_then(|(_, value)| value?.to_str().map(str::to_owned));
    let secret = set.unwrap_or_else(|| "a-value-that-nobody-sees".to_owned());
    format!("{head}{secret}{tail}")
}
