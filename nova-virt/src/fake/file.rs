//! A journal in a file: one JSON object a line, appended and synced under the file's lock.
//!
//! A line counts once its newline is there. A writer that was killed in the middle of one leaves a torn end, which
//! readers do not see and the next writer cuts off. So a line is written wholly or not at all, at whatever instant
//! its writer dies, and there is nothing to repair.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::journal::Entry;
use super::store::StoreError;

#[derive(Debug)]
pub(super) struct JournalFile {
    path: PathBuf,
    /// Up to where the lines are known. Always the end of a line.
    known: u64,
    lines: u64,
}

impl JournalFile {
    pub(super) fn new(directory: &Path) -> Self {
        Self { path: directory.join("journal.jsonl"), known: 0, lines: 0 }
    }

    /// The complete lines since the last call. Takes no lock.
    pub(super) fn read_new(&mut self) -> Result<Vec<Entry>, StoreError> {
        match File::open(&self.path) {
            Ok(mut file) => self.read_from(&mut file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// The file, locked until it is dropped: nobody else writes meanwhile.
    pub(super) fn lock(&self) -> Result<File, StoreError> {
        self.try_lock().map_err(|error| self.failed(error))
    }

    fn try_lock(&self) -> io::Result<File> {
        if let Some(directory) = self.path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&self.path)?;
        file.lock()?;
        Ok(file)
    }

    pub(super) fn read_from(&mut self, file: &mut File) -> Result<Vec<Entry>, StoreError> {
        let text = self.tail(file).map_err(|error| self.failed(error))?;
        let complete = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let lines = text[..complete].split_inclusive(|byte| *byte == b'\n');
        let entries = lines.map(|line| self.parse(line)).collect::<Result<Vec<_>, _>>()?;
        self.known += complete as u64;
        Ok(entries)
    }

    fn tail(&self, file: &mut File) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        file.seek(SeekFrom::Start(self.known))?;
        file.read_to_end(&mut text)?;
        Ok(text)
    }

    fn parse(&mut self, line: &[u8]) -> Result<Entry, StoreError> {
        self.lines += 1;
        serde_json::from_slice(line).map_err(|source| StoreError::Corrupt {
            path: self.path.clone(),
            line: self.lines,
            source,
        })
    }

    /// Appends one entry to the locked file. [`read_from`](Self::read_from) must have come before, under the lock.
    pub(super) fn append(&mut self, file: &mut File, entry: &Entry) -> Result<(), StoreError> {
        let mut line = serde_json::to_vec(entry).expect("entries have string keys and plain values");
        line.push(b'\n');
        self.write(file, &line).map_err(|error| self.failed(error))?;
        self.known += line.len() as u64;
        self.lines += 1;
        file.sync_data().map_err(|source| StoreError::NotSynced { path: self.path.clone(), source })
    }

    fn write(&self, file: &mut File, line: &[u8]) -> io::Result<()> {
        file.set_len(self.known)?; // the torn end of a writer that was killed
        file.seek(SeekFrom::Start(self.known))?;
        file.write_all(line).inspect_err(|_| {
            // A full disk: take the half line back. If that fails too, the next writer does it.
            let _ = file.set_len(self.known);
        })
    }

    fn failed(&self, source: io::Error) -> StoreError {
        StoreError::Io { path: self.path.clone(), source }
    }
}
