//! `cmkit demo`: the life of a customer-managed key on real bytes, played with the commands a person would type.
//!
//! Here is the stage: it runs a command, shows it and what came of it, and holds the outcome against what is due. What is
//! played is in `scenes`.

mod scenes;

use crate::failure::{Exit, Failure};
use clap::Args;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Play the life of a customer-managed key: grant, configure, authenticate, wrap, unwrap, rotate, revoke, restore.
///
/// Everything happens in a new folder for temporary files, with real keys and real files; nothing of yours is changed.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cmkit demo\n  cmkit demo report.pdf\n  cmkit demo --keep")]
pub(crate) struct Arguments {
    /// Keep the folder, to look around in it
    #[arg(long)]
    keep: bool,
    /// The file to protect; without it, one of some megabytes that the demo makes
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let failed = |error: std::io::Error| Failure::new(Exit::Input, format!("cannot make a temporary folder: {error}"));
    let folder = tempfile::Builder::new().prefix("cmkit-demo-").tempdir().map_err(failed)?;
    let mut stage = Stage { folder: folder.path().to_owned(), program: program()?, scenes: Vec::new() };
    let file = match &arguments.file {
        Some(path) => fs::canonicalize(path).map_err(|error| Failure::io("read", path, &error))?,
        None => stage.make_file()?,
    };
    scenes::play(&mut stage, &file)?;
    if arguments.keep {
        anstream::println!("\nEverything is in {}", folder.keep().display());
    }
    stage.summarise()
}

/// The command itself, also where this library runs in another program.
fn program() -> Result<PathBuf, Failure> {
    let own = std::env::current_exe().ok().filter(|path| path.file_stem().is_some_and(|name| name == "cmkit"));
    own.or_else(|| Some(PathBuf::from("cmkit")))
        .filter(|path| Command::new(path).arg("--version").output().is_ok())
        .ok_or_else(|| {
            Failure::new(Exit::Input, "the command `cmkit` is not found").help("the demo runs it; put it on the path")
        })
}

/// Where the play is played.
pub(crate) struct Stage {
    folder: PathBuf,
    program: PathBuf,
    scenes: Vec<Scene>,
}

/// One line of the summary.
struct Scene {
    title: &'static str,
    shown: Vec<String>,
    faults: Vec<String>,
    began: Instant,
    took: Duration,
}

impl Stage {
    fn scene(&mut self, title: &'static str) {
        anstream::println!("\n\x1b[1m{}. {title}\x1b[0m", self.scenes.len() + 1);
        self.scenes.push(Scene {
            title,
            shown: Vec::new(),
            faults: Vec::new(),
            began: Instant::now(),
            took: Duration::ZERO,
        });
    }

    /// Says something in plain words.
    fn say(text: &str) {
        anstream::println!("   {text}");
    }

    /// Runs a command, shows it and what it printed, and notes a fault where it ends in another way than is due.
    fn run(&mut self, arguments: &[&str], due: Exit) -> Result<String, Failure> {
        self.run_cut(arguments, due, |_| true)
    }

    /// As `run`, showing only the lines that `show` picks.
    fn run_cut(&mut self, arguments: &[&str], due: Exit, show: impl Fn(&str) -> bool) -> Result<String, Failure> {
        anstream::println!(
            "   \x1b[36m$ cmkit {}\x1b[0m",
            arguments.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
        );
        let output = Command::new(&self.program)
            .args(arguments)
            .current_dir(&self.folder)
            // The service-managed key belongs into the demo's folder, not among the person's own.
            .env("XDG_DATA_HOME", self.folder.join("home"))
            .env("APPDATA", self.folder.join("home"))
            .env_remove("CMKIT_VAULT_PASSPHRASE")
            .output()
            .map_err(|error| Failure::io("run", &self.program, &error))?;
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        for line in lines.iter().filter(|line| show(line)) {
            anstream::println!("     {line}");
        }
        let code = output.status.code();
        if due != Exit::Good && code == Some(due as i32) {
            anstream::println!("     (exit code {})", due as i32);
        }
        if code != Some(due as i32) {
            self.fault(format!("`cmkit {}` ended with {code:?}, not {}", arguments.join(" "), due as i32));
        }
        Ok(text)
    }

    /// Notes whether something is as it should be.
    fn check(&mut self, what: impl Into<String>, good: bool) {
        let what = what.into();
        if good {
            anstream::println!("   \x1b[32m✓ {what}\x1b[0m");
            if let Some(scene) = self.scenes.last_mut() {
                scene.shown.push(what);
            }
        } else {
            self.fault(what);
        }
    }

    fn fault(&mut self, what: String) {
        anstream::println!("   \x1b[31m✗ not so: {what}\x1b[0m");
        if let Some(scene) = self.scenes.last_mut() {
            scene.faults.push(what);
        }
    }

    fn end_scene(&mut self) {
        if let Some(scene) = self.scenes.last_mut() {
            scene.took = scene.began.elapsed();
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, Failure> {
        let path = self.path(name);
        fs::read(&path).map_err(|error| Failure::io("read", &path, &error))
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Result<(), Failure> {
        let path = self.path(name);
        fs::write(&path, content).map_err(|error| Failure::io("write", &path, &error))
    }

    fn same(&self, name: &str, file: &Path) -> Result<bool, Failure> {
        let file = self.folder.join(file);
        Ok(self.read(name)? == fs::read(&file).map_err(|error| Failure::io("read", &file, &error))?)
    }

    /// Orders of a shop: some megabytes of text that compresses and repeats as real data does.
    fn make_file(&self) -> Result<PathBuf, Failure> {
        let mut text = String::from("order,customer,article,quantity,cents\n");
        for order in 0..100_000u32 {
            let mixed = order.wrapping_mul(2_654_435_761);
            let _ = writeln!(
                text,
                "{order},customer-{},article-{},{},{}",
                mixed % 9973,
                mixed % 641,
                mixed % 7 + 1,
                mixed % 99_991
            );
        }
        self.write("orders.csv", text)?;
        // Commands run in the folder, so they name it as a person there would.
        Ok(PathBuf::from("orders.csv"))
    }

    fn summarise(&self) -> Result<Exit, Failure> {
        anstream::println!("\n\x1b[1mSummary\x1b[0m");
        for (number, scene) in (1..).zip(&self.scenes) {
            let verdict = if scene.faults.is_empty() { "\x1b[32mok\x1b[0m    " } else { "\x1b[31mFAILED\x1b[0m" };
            anstream::println!("{number:>4}  {verdict}  {:<56} {:>5} ms", scene.title, scene.took.as_millis());
            for shown in &scene.shown {
                anstream::println!("                {shown}");
            }
            for fault in &scene.faults {
                anstream::println!("              not so: {fault}");
            }
        }
        let faults: usize = self.scenes.iter().map(|scene| scene.faults.len()).sum();
        if faults > 0 {
            return Err(Failure::new(Exit::Internal, format!("{faults} steps of the demo did not behave")));
        }
        Ok(Exit::Good)
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./:=,".contains(&b);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
