//! What there is to allow: the table of the software API's operations.

use super::Allow;

/// Each permission, its name and its default: one without cannot be written.
macro_rules! permissions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $default:ident;)+) => {
        /// What an operation of the software API needs, under Nova's name and with Nova's default.
        ///
        /// # Example
        /// ```
        /// use nova_compute_api::policy::{Allow, Permission};
        ///
        /// let stop = Permission::StopServer;
        /// assert_eq!((stop.name(), stop.default_rule()), ("os_compute_api:servers:stop", Allow::ProjectMemberOrAdmin));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Permission {
            $($(#[$doc])* $variant,)+
        }

        impl Permission {
            /// All there are.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name of its rule.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// Who has it unless an embedder says otherwise.
            pub const fn default_rule(self) -> Allow {
                match self {
                    $(Self::$variant => Allow::$default,)+
                }
            }
        }
    };
}

permissions! {
    /// To list servers. (Of Nova's two lists, with and without detail, this is the shorter one's rule: here they are one operation.)
    ListServers = "os_compute_api:servers:index", ProjectReaderOrAdmin;
    /// To list the servers of all projects.
    ListServersOfAll = "os_compute_api:servers:index:get_all_tenants", Admin;
    /// To list servers by the host they are on. Without, a list pays no regard to the host that is given.
    FilterServersByHost = "os_compute_api:servers:allow_all_filters", Admin;
    /// To look at a server, once or by watching it.
    ShowServer = "os_compute_api:servers:show", ProjectReaderOrAdmin;
    /// To create servers.
    CreateServers = "os_compute_api:servers:create", ProjectMemberOrAdmin;
    /// To choose the networks of servers to be created.
    ChooseNetworks = "os_compute_api:servers:create:attach_network", ProjectMemberOrAdmin;
    /// To create servers of a flavor whose disk is as large as the image.
    CreateWithoutDisk = "os_compute_api:servers:create:zero_disk_flavor", Admin;
    /// To delete a server.
    DeleteServer = "os_compute_api:servers:delete", ProjectMemberOrAdmin;
    /// To make a server anew from an image.
    RebuildServer = "os_compute_api:servers:rebuild", ProjectMemberOrAdmin;
    /// To turn a server on.
    StartServer = "os_compute_api:servers:start", ProjectMemberOrAdmin;
    /// To turn a server off.
    StopServer = "os_compute_api:servers:stop", ProjectMemberOrAdmin;
    /// To reboot a server, either way.
    RebootServer = "os_compute_api:servers:reboot", ProjectMemberOrAdmin;
    /// To hold a server in memory.
    PauseServer = "os_compute_api:os-pause-server:pause", ProjectMemberOrAdmin;
    /// To let a paused server go on.
    UnpauseServer = "os_compute_api:os-pause-server:unpause", ProjectMemberOrAdmin;
    /// To hold a server on disk.
    SuspendServer = "os_compute_api:os-suspend-server:suspend", ProjectMemberOrAdmin;
    /// To let a suspended server go on.
    ResumeServer = "os_compute_api:os-suspend-server:resume", ProjectMemberOrAdmin;
    /// To list server groups.
    ListGroups = "os_compute_api:os-server-groups:index", ProjectReaderOrAdmin;
    /// To list the server groups of all projects. Without, a list is of the caller's project, as in Nova.
    ListGroupsOfAll = "os_compute_api:os-server-groups:index:all_projects", Admin;
    /// To look at a server group.
    ShowGroup = "os_compute_api:os-server-groups:show", ProjectReaderOrAdmin;
    /// To make a server group.
    CreateGroup = "os_compute_api:os-server-groups:create", ProjectMemberOrAdmin;
    /// To remove a server group.
    DeleteGroup = "os_compute_api:os-server-groups:delete", ProjectMemberOrAdmin;
    /// To list flavors. (Nova has no rule for this or the next: everybody may.)
    ListFlavors = "os_compute_api:flavors:index", Anybody;
    /// To look at a flavor.
    ShowFlavor = "os_compute_api:flavors:show", Anybody;
    /// To make a flavor.
    CreateFlavor = "os_compute_api:os-flavor-manage:create", Admin;
    /// To remove a flavor.
    DeleteFlavor = "os_compute_api:os-flavor-manage:delete", Admin;
}
