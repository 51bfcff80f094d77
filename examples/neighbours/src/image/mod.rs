//! Images: what a machine's disk begins as.

pub mod conformance;
mod directory;

use std::collections::BTreeMap;

use async_trait::async_trait;
use nova_core::{Fault, RequestContext};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::directory::DirectoryImages;

nova_core::faults! {
    module "nova.exception";
    /// There is no such image, or it is not this caller's to see.
    ImageNotFound(404, safe, "Image {image_id} could not be found.") { image_id: String }
}

/// What is known of an image without opening it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageInfo {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// `active`, or why it cannot be used.
    #[serde(default = "active")]
    pub status: String,
    /// `raw`, `qcow2`, …
    #[serde(default = "raw")]
    pub disk_format: String,
    /// `bare`, …
    #[serde(default = "bare")]
    pub container_format: String,
    /// Bytes of the file.
    #[serde(default)]
    pub size: u64,
    /// The smallest root disk it fits on, GiB.
    #[serde(default)]
    pub min_disk: u64,
    /// The least memory it runs in, MiB.
    #[serde(default)]
    pub min_ram: u64,
    /// Who owns it; none for a public image.
    #[serde(default)]
    pub owner: Option<String>,
    /// The rest, by Nova's property names (`hw_architecture`, …).
    #[serde(default)]
    pub properties: BTreeMap<String, String>,
}

fn active() -> String {
    "active".to_owned()
}

fn raw() -> String {
    "raw".to_owned()
}

fn bare() -> String {
    "bare".to_owned()
}

/// Where images are looked up.
///
/// Called at any time and concurrently, by the API before anything is written and by compute before a spawn. All
/// methods are reads and cancel safe.
#[async_trait]
pub trait Images: Send + Sync + 'static {
    /// The image `id`.
    ///
    /// # Errors
    /// [`ImageNotFound`] if it is not there or `cx` may not see it; another fault if the images cannot be reached.
    async fn show(&self, cx: &RequestContext, id: Uuid) -> Result<ImageInfo, Fault>;

    /// The images that `cx` may see, by id.
    ///
    /// # Errors
    /// The images cannot be reached.
    async fn list(&self, cx: &RequestContext) -> Result<Vec<ImageInfo>, Fault>;
}

/// Whether `cx` may see an image.
pub fn is_visible(cx: &RequestContext, image: &ImageInfo) -> bool {
    cx.is_admin() || image.owner.is_none() || image.owner.as_deref() == cx.project_id()
}
