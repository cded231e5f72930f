//! The system calls whose order is a promise to clients, behind one small trait, so that a test can record them.

use crate::socket::Socket;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Bytes in and out of sockets and files, and durability.
pub(crate) trait System: Clone + Send + 'static {
    /// Reads what a peer sent.
    fn receive(&self, socket: &Socket, into: &mut [u8]) -> io::Result<usize>;
    /// Sends to a peer; may take a part.
    fn send(&self, socket: &Socket, bytes: &[u8]) -> io::Result<usize>;
    /// Writes at the end of a file; may take a part.
    fn append(&self, file: &File, bytes: &[u8]) -> io::Result<usize>;
    /// Writes at an offset; may take a part.
    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<usize>;
    /// Makes a file's bytes and length durable.
    fn sync_file(&self, file: &File) -> io::Result<()>;
    /// Makes the names in a directory durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
}

/// The operating system.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Real;

impl System for Real {
    fn receive(&self, socket: &Socket, into: &mut [u8]) -> io::Result<usize> {
        match socket {
            Socket::Tcp(stream) => (&*stream).read(into),
            Socket::Unix(stream) => (&*stream).read(into),
        }
    }

    fn send(&self, socket: &Socket, bytes: &[u8]) -> io::Result<usize> {
        match socket {
            Socket::Tcp(stream) => (&*stream).write(bytes),
            Socket::Unix(stream) => (&*stream).write(bytes),
        }
    }

    /// A seek and a write rather than O_APPEND, under which Linux ignores the offset of positioned writes.
    fn append(&self, mut file: &File, bytes: &[u8]) -> io::Result<usize> {
        file.seek(SeekFrom::End(0))?;
        file.write(bytes)
    }

    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
        FileExt::write_at(file, bytes, offset)
    }

    fn sync_file(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }
}
