//! What a new cloud begins with: flavors, an image, a key.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nova_compute_api::{ApiError, CreateFlavor, FlavorsApi};
use nova_core::operation::secrets::OperationKey;
use nova_core::{Env, RequestContext};
use nova_neighbours::image::{DirectoryImages, ImageInfo};
use uuid::Uuid;

/// The id of the image every cloud has.
pub(crate) const IMAGE: Uuid = Uuid::from_u128(0x70a5_99e0_31e7_49b7_b260_868f_441e_862b);

/// Nova's traditional flavors: id, name, CPUs, MiB, GiB.
const FLAVORS: [(&str, &str, u32, u64, u64); 5] = [
    ("1", "m1.tiny", 1, 512, 1),
    ("2", "m1.small", 1, 2048, 20),
    ("3", "m1.medium", 2, 4096, 40),
    ("4", "m1.large", 4, 8192, 80),
    ("5", "m1.xlarge", 8, 16384, 160),
];

/// Makes the flavors that are not there.
pub(crate) async fn flavors(env: &Env, api: &dyn FlavorsApi) -> Result<(), ApiError> {
    let cx = RequestContext::admin(env).elevated();
    for (id, name, vcpus, memory_mb, root_gb) in FLAVORS {
        let flavor = CreateFlavor::new(name, vcpus, memory_mb, root_gb).id(id);
        match api.create_flavor(&cx, flavor).await {
            Ok(_) | Err(ApiError::Conflict { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Makes the image if it is not there: a description, as a fake hypervisor boots nothing.
pub(crate) fn image(directory: &Path) -> io::Result<()> {
    let images = DirectoryImages::open(directory.join("images"));
    if directory.join("images").join(format!("{IMAGE}.json")).exists() {
        return Ok(());
    }
    images.add(&ImageInfo {
        id: IMAGE,
        name: "empty".to_owned(),
        status: "active".to_owned(),
        disk_format: "raw".to_owned(),
        container_format: "bare".to_owned(),
        size: 0,
        min_disk: 0,
        min_ram: 0,
        owner: None,
        properties: std::collections::BTreeMap::new(),
    })
}

/// The key in `file`, made and readable by its owner alone if it is not there.
pub(crate) fn operation_key(env: &Env, file: &Path) -> io::Result<OperationKey> {
    let mut bytes = [0; 32];
    match fs::read(file) {
        Ok(text) => {
            bytes = text.try_into().map_err(|_| io::Error::other("the operation key is not 32 bytes long"))?
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            env.fill_random(&mut bytes);
            let mut options = fs::OpenOptions::new();
            options.write(true).create_new(true).mode(0o600).open(file)?.write_all(&bytes)?;
        }
        Err(error) => return Err(error),
    }
    Ok(OperationKey::new(&bytes))
}
