//! Images in a directory.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use nova_core::{Fault, RequestContext};
use uuid::Uuid;

use super::{ImageInfo, ImageNotFound, Images, is_visible};

/// Images in a directory: `<uuid>.json` describes one, `<uuid>.img` beside it is its content.
///
/// Files are read at each call: an image put there is seen at once. They are small, local, and read without leaving the
/// thread. A description that cannot be read is logged and left out of the list.
///
/// # Example
/// ```
/// # use nova_core::{Env, RequestContext};
/// # use nova_neighbours::image::{DirectoryImages, Images};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let dir = tempfile::tempdir().unwrap();
/// let id = "70a599e0-31e7-49b7-b260-868f441e862b";
/// std::fs::write(dir.path().join(format!("{id}.json")), format!(r#"{{"id": "{id}", "name": "cirros"}}"#)).unwrap();
///
/// let images = DirectoryImages::open(dir.path());
/// let cx = RequestContext::admin(&Env::system());
/// assert_eq!(images.show(&cx, id.parse().unwrap()).await?.name, "cirros");
/// # Ok::<(), nova_core::Fault>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct DirectoryImages {
    directory: PathBuf,
}

impl DirectoryImages {
    /// The images in `directory`, which need not exist yet.
    pub fn open(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// Writes the description of an image. The content, if there is any, is put beside it first.
    ///
    /// # Errors
    /// The directory or the file cannot be written.
    pub fn add(&self, image: &ImageInfo) -> io::Result<()> {
        fs::create_dir_all(&self.directory)?;
        let text = serde_json::to_vec_pretty(image)?;
        let (target, draft) =
            (self.description(image.id), self.directory.join(format!(".{}.draft", image.id)));
        fs::write(&draft, text)?;
        fs::rename(draft, target)
    }

    /// Where the content of an image is.
    pub fn content(&self, id: Uuid) -> PathBuf {
        self.directory.join(format!("{id}.img"))
    }

    fn description(&self, id: Uuid) -> PathBuf {
        self.directory.join(format!("{id}.json"))
    }

    fn read(&self, path: &Path) -> Result<ImageInfo, Fault> {
        let failed = |error: &(dyn std::error::Error + 'static)| {
            Fault::internal("reading an image description", error)
        };
        let text = fs::read(path).map_err(|error| failed(&error))?;
        let mut image: ImageInfo = serde_json::from_slice(&text).map_err(|error| failed(&error))?;
        if let Ok(content) = fs::metadata(self.content(image.id)) {
            image.size = content.len();
        }
        Ok(image)
    }
}

#[async_trait]
impl Images for DirectoryImages {
    async fn show(&self, cx: &RequestContext, id: Uuid) -> Result<ImageInfo, Fault> {
        let not_found = || Fault::from(ImageNotFound { image_id: id.to_string() });
        let path = self.description(id);
        if !path.exists() {
            return Err(not_found());
        }
        let image = self.read(&path)?;
        if is_visible(cx, &image) { Ok(image) } else { Err(not_found()) }
    }

    async fn list(&self, cx: &RequestContext) -> Result<Vec<ImageInfo>, Fault> {
        let entries = match fs::read_dir(&self.directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Fault::internal("listing the image directory", &error)),
        };
        let paths = entries.flatten().map(|entry| entry.path());
        let descriptions = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
        let read = descriptions.filter_map(|path| {
            let image = self.read(&path);
            image
                .inspect_err(
                    |fault| tracing::warn!(path = %path.display(), %fault, "left out of the image list"),
                )
                .ok()
        });
        let mut images: Vec<_> = read.filter(|image| is_visible(cx, image)).collect();
        images.sort_by_key(|image| image.id);
        Ok(images)
    }
}
