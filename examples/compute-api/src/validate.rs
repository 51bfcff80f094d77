//! What can be said against a request before anything is written.

use std::collections::BTreeMap;

use nova_neighbours::image::ImageInfo;
use secrecy::ExposeSecret;

use crate::list::ServerFilter;
use crate::{ApiError, CreateFlavor, CreateGroup, CreateServer, Flavor, NetworkChoice, RebuildServer};

/// Characters that names, keys and values of metadata may have.
const LONGEST: usize = 255;
const MAX_METADATA: usize = 128;
const MAX_DESCRIPTION: usize = 255;
const MAX_NETWORKS: usize = 64;
const MAX_HINTS: usize = 64;
const GIB: u64 = 1 << 30;

type Checked = Result<(), ApiError>;

/// Everything about a request for servers that needs no look at anything else.
pub(crate) fn create_server(request: &CreateServer, max_count: u32, zones: &[String]) -> Checked {
    name("name", &request.name)?;
    identifier("flavor", &request.flavor)?;
    counts(request.min_count, request.max_count, max_count)?;
    if let Some(description) = &request.description {
        text("description", description, MAX_DESCRIPTION)?;
    }
    metadata(&request.metadata)?;
    if let Some(zone) = &request.availability_zone {
        zone_is_known(zone, zones)?;
    }
    networks(&request.networks)?;
    hints(&request.hints)?;
    match &request.admin_password {
        Some(password) => text("admin_password", password.expose_secret(), LONGEST),
        None => Ok(()),
    }
}

/// Everything about a request for a rebuild that needs no look at anything else.
pub(crate) fn rebuild_server(request: &RebuildServer) -> Checked {
    if let Some(given) = &request.name {
        name("name", given)?;
    }
    request.metadata.as_ref().map_or(Ok(()), metadata)
}

/// Everything about a request for a server group.
pub(crate) fn create_group(request: &CreateGroup) -> Checked {
    name("name", &request.name)
}

/// Everything about a request for a flavor.
pub(crate) fn create_flavor(request: &CreateFlavor) -> Checked {
    name("name", &request.name)?;
    if let Some(id) = &request.id {
        flavor_id(id)?;
    }
    if let Some(description) = &request.description {
        text("description", description, 65_535)?;
    }
    within("vcpus", u64::from(request.vcpus), 1)?;
    within("memory_mb", request.memory_mb, 1)?;
    within("root_gb", request.root_gb, 0)?;
    within("ephemeral_gb", request.ephemeral_gb, 0)?;
    within("swap_mb", request.swap_mb, 0)?;
    if !(request.rxtx_factor.is_finite() && request.rxtx_factor > 0.0) {
        return Err(ApiError::invalid("rxtx_factor", "is not a number above 0"));
    }
    request.extra_specs.iter().try_for_each(|(key, value)| {
        let field = || format!("extra_specs.{}", shown(key));
        let plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "-_:. ".contains(c));
        if !plain {
            return Err(ApiError::invalid(
                field(),
                "has a key with characters other than letters, digits and -_:. ",
            ));
        }
        text(field(), key, LONGEST)?;
        text(field(), value, LONGEST)
    })
}

/// Whether servers of this flavor can be booted from this image.
pub(crate) fn fits(image: &ImageInfo, flavor: &Flavor) -> Checked {
    if image.status != "active" {
        return Err(ApiError::invalid("image", format!("{} is {}, not active", image.id, image.status)));
    }
    if image.min_ram > flavor.memory_mb {
        let reason = format!("has {} MiB of memory, and the image needs {}", flavor.memory_mb, image.min_ram);
        return Err(ApiError::invalid("flavor", reason));
    }
    if flavor.root_gb == 0 {
        return Ok(()); // as large as the image
    }
    if image.min_disk > flavor.root_gb {
        let reason = format!("has a disk of {} GiB, and the image needs {}", flavor.root_gb, image.min_disk);
        return Err(ApiError::invalid("flavor", reason));
    }
    if image.size > flavor.root_gb.saturating_mul(GIB) {
        let reason = format!("has a disk of {} GiB, and the image has {} bytes", flavor.root_gb, image.size);
        return Err(ApiError::invalid("flavor", reason));
    }
    Ok(())
}

/// Texts of a filter go to the database, which refuses some as a failure of ours.
pub(crate) fn server_filter(filter: &ServerFilter) -> Checked {
    let texts = [
        ("project", &filter.project),
        ("user", &filter.user),
        ("name", &filter.name),
        ("host", &filter.host),
        ("flavor", &filter.flavor),
        ("reservation_id", &filter.reservation_id),
    ];
    texts
        .into_iter()
        .filter_map(|(field, value)| Some((field, value.as_ref()?)))
        .try_for_each(|(field, value)| text(field, value, LONGEST))
}

/// An id that somebody gives to find something.
pub(crate) fn identifier(field: &str, id: &str) -> Checked {
    if id.is_empty() {
        return Err(ApiError::invalid(field, "is empty"));
    }
    text(field, id, LONGEST)
}

fn name(field: &str, name: &str) -> Checked {
    if name.trim().is_empty() {
        return Err(ApiError::invalid(field, "is empty"));
    }
    if name.trim() != name {
        return Err(ApiError::invalid(field, "begins or ends with white space"));
    }
    if name.chars().any(char::is_control) {
        return Err(ApiError::invalid(field, "has control characters"));
    }
    length(field, name, LONGEST)
}

fn flavor_id(id: &str) -> Checked {
    name("id", id)?;
    let plain = id.chars().all(|c| c.is_ascii_alphanumeric() || "-_. ".contains(c));
    if plain {
        Ok(())
    } else {
        Err(ApiError::invalid("id", "has characters other than letters, digits and -_. "))
    }
}

fn counts(min: u32, max: u32, allowed: u32) -> Checked {
    if min == 0 {
        return Err(ApiError::invalid("min_count", "is less than 1"));
    }
    if max < min {
        return Err(ApiError::invalid("min_count", format!("is {min}, more than max_count, which is {max}")));
    }
    if max > allowed {
        let (asked, allowed) = (u64::from(max), u64::from(allowed));
        return Err(ApiError::TooManyRequested { field: "max_count", asked, allowed });
    }
    Ok(())
}

fn metadata(metadata: &BTreeMap<String, String>) -> Checked {
    if metadata.len() > MAX_METADATA {
        return Err(ApiError::invalid("metadata", format!("has more than {MAX_METADATA} entries")));
    }
    metadata.iter().try_for_each(|(key, value)| {
        let field = format!("metadata.{}", shown(key));
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_:. ".contains(c);
        if key.is_empty() || !key.chars().all(plain) {
            let reason = "has a key with characters other than letters, digits, spaces and -_:.";
            return Err(ApiError::invalid(field, reason));
        }
        length(&field, key, LONGEST)?;
        text(field, value, LONGEST)
    })
}

fn zone_is_known(zone: &str, zones: &[String]) -> Checked {
    text("availability_zone", zone, LONGEST)?;
    match zones.iter().any(|known| known == zone) {
        true => Ok(()),
        false => Err(ApiError::invalid("availability_zone", format!("there is no zone {zone}"))),
    }
}

fn networks(choice: &NetworkChoice) -> Checked {
    match choice {
        NetworkChoice::Only(networks) if networks.is_empty() => {
            Err(ApiError::invalid("networks", "is an empty choice"))
        }
        NetworkChoice::Only(networks) if networks.len() > MAX_NETWORKS => {
            Err(ApiError::invalid("networks", format!("has more than {MAX_NETWORKS} entries")))
        }
        NetworkChoice::Only(_) | NetworkChoice::Any | NetworkChoice::None => Ok(()),
    }
}

fn hints(hints: &BTreeMap<String, Vec<String>>) -> Checked {
    if hints.values().map(Vec::len).sum::<usize>() > MAX_HINTS || hints.len() > MAX_HINTS {
        return Err(ApiError::invalid("hints", format!("has more than {MAX_HINTS} values")));
    }
    hints.iter().try_for_each(|(key, values)| {
        let field = format!("hints.{}", shown(key));
        text(&field, key, LONGEST)?;
        values.iter().try_for_each(|value| text(&field, value, LONGEST))
    })
}

/// A text without control characters but those of lines and columns.
fn text(field: impl AsRef<str>, text: &str, longest: usize) -> Checked {
    let field = field.as_ref();
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(ApiError::invalid(field, "has control characters"));
    }
    length(field, text, longest)
}

fn length(field: &str, text: &str, longest: usize) -> Checked {
    match text.chars().nth(longest) {
        Some(_) => Err(ApiError::invalid(field, format!("is longer than {longest} characters"))),
        None => Ok(()),
    }
}

/// A number that a column of 32 bits holds.
fn within(field: &str, number: u64, least: u64) -> Checked {
    let most = u64::from(i32::MAX.unsigned_abs());
    if number < least {
        return Err(ApiError::invalid(field, format!("is less than {least}")));
    }
    if number > most {
        return Err(ApiError::invalid(field, format!("is more than {most}")));
    }
    Ok(())
}

/// The beginning of a key that goes into a message.
fn shown(key: &str) -> String {
    key.chars().take(32).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn server() -> CreateServer {
        CreateServer::new("web", "1", Uuid::from_u128(1))
    }

    fn refused(request: &CreateServer) -> String {
        match create_server(request, 10, &["nova".to_owned()]) {
            Ok(()) => "accepted".to_owned(),
            Err(ApiError::Invalid { field, .. }) => field,
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn every_refusal_of_a_server_names_the_field() {
        let named = |name: &str| CreateServer { name: name.to_owned(), ..server() };
        let noted = |key: &str, value: &str| server().metadata(key, value);
        let many = (0..129).fold(server(), |request, n| request.metadata(format!("k{n}"), "v"));
        let table = [
            (server(), "accepted"),
            (named(&"ä".repeat(255)), "accepted"),
            (named(&"ä".repeat(256)), "name"),
            (named(""), "name"),
            (named("  "), "name"),
            (named(" web"), "name"),
            (named("web\n"), "name"),
            (named("we\u{0}b"), "name"),
            (named("we\u{85}b"), "name"),
            (CreateServer { flavor: String::new(), ..server() }, "flavor"),
            (CreateServer { flavor: "f\u{0}".into(), ..server() }, "flavor"),
            (server().description("line\nline"), "accepted"),
            (server().description("nul\u{0}"), "description"),
            (server().description("x".repeat(256)), "description"),
            (noted("role", "front\tend"), "accepted"),
            (noted("role", "\u{0}"), "metadata.role"),
            (noted("role", &"x".repeat(256)), "metadata.role"),
            (noted("ro/le", "x"), "metadata.ro/le"),
            (noted("", "x"), "metadata."),
            (noted(&"k".repeat(256), "x"), "metadata.kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"),
            (many, "metadata"),
            (server().count(10), "accepted"),
            (server().counts(0, 1), "min_count"),
            (server().counts(3, 2), "min_count"),
            (server().count(11), "max_count asks for 11, and a request may have 10"),
            (server().availability_zone("nova"), "accepted"),
            (server().availability_zone("mars"), "availability_zone"),
            (server().networks([]), "networks"),
            (server().networks((0..65).map(Uuid::from_u128)), "networks"),
            (server().hint("group", "a\u{0}"), "hints.group"),
            ((0..65).fold(server(), |request, n| request.hint("h", n.to_string())), "hints"),
            (server().admin_password("p\u{7}"), "admin_password"),
        ];
        for (request, field) in table {
            assert_eq!(refused(&request), field, "{request:?}");
        }
    }

    #[test]
    fn every_refusal_of_a_flavor_names_the_field() {
        let flavor = || CreateFlavor::new("small", 1, 512, 1);
        let table = [
            (flavor(), "accepted"),
            (flavor().id("m1.small"), "accepted"),
            (flavor().id("m1/small"), "id"),
            (CreateFlavor { name: "a\u{1}".into(), ..flavor() }, "name"),
            (CreateFlavor { vcpus: 0, ..flavor() }, "vcpus"),
            (CreateFlavor { vcpus: u32::MAX, ..flavor() }, "vcpus"),
            (CreateFlavor { memory_mb: 0, ..flavor() }, "memory_mb"),
            (CreateFlavor { root_gb: u64::MAX, ..flavor() }, "root_gb"),
            (CreateFlavor { ephemeral_gb: 1 << 31, ..flavor() }, "ephemeral_gb"),
            (CreateFlavor { swap_mb: 1 << 31, ..flavor() }, "swap_mb"),
            (CreateFlavor { rxtx_factor: f64::NAN, ..flavor() }, "rxtx_factor"),
            (flavor().extra_spec("hw:cpu_policy", "dedicated"), "accepted"),
            (flavor().extra_spec("hw/x", "1"), "extra_specs.hw/x"),
        ];
        for (request, field) in table {
            let refused = match create_flavor(&request) {
                Ok(()) => "accepted".to_owned(),
                Err(ApiError::Invalid { field, .. }) => field,
                Err(error) => error.to_string(),
            };
            assert_eq!(refused, field, "{request:?}");
        }
    }

    #[test]
    fn an_image_that_does_not_fit_says_what_is_too_small() {
        let image = |json: &str| -> ImageInfo {
            let id = Uuid::from_u128(1);
            serde_json::from_str(&format!(r#"{{"id": "{id}", "name": "i"{json}}}"#)).unwrap()
        };
        let of = |memory, root| Flavor::of(&CreateFlavor::new("f", 1, memory, root).to_object("f".into()));
        let table = [
            ("", 512, 1, "accepted"),
            (r#", "status": "queued""#, 512, 1, "image"),
            (r#", "min_ram": 513"#, 512, 1, "flavor"),
            (r#", "min_disk": 2"#, 512, 1, "flavor"),
            (r#", "min_disk": 2"#, 512, 0, "accepted"),
            (r#", "size": 1073741824"#, 512, 1, "accepted"),
            (r#", "size": 1073741825"#, 512, 1, "flavor"),
        ];
        for (json, memory, root, expected) in table {
            let refused = match fits(&image(json), &of(memory, root)) {
                Ok(()) => "accepted".to_owned(),
                Err(ApiError::Invalid { field, .. }) => field,
                Err(error) => error.to_string(),
            };
            assert_eq!(refused, expected, "{json}");
        }
    }
}
