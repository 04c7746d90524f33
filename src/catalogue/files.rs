//! The families' files, as they are written and as they are compiled. A test compares the list with the folder.

use super::Cloud;

/// All families without their examples, in JSON, as `build.rs` makes it.
pub const COMPILED: &str = include_str!(concat!(env!("OUT_DIR"), "/catalogue.json"));

macro_rules! family_files {
    ($($stem:literal),+ $(,)?) => {
        /// (stem, text) of every family's file, sorted.
        pub const FAMILIES: &[(&str, &str)] = &[$(($stem, include_str!(concat!("data/", $stem, ".toml")))),+];
    };
}

family_files! {
    "aws_cloudshell",
    "aws_ec2_console_output",
    "aws_ec2_credentials",
    "aws_ec2_key_pair",
    "aws_ec2_user_data",
    "aws_ecs_exec",
    "aws_instance_connect",
    "aws_instance_connect_endpoint",
    "aws_lightsail",
    "aws_serial_console",
    "aws_ssm_access",
    "aws_ssm_association",
    "aws_ssm_automation",
    "aws_ssm_command",
    "aws_ssm_document",
    "aws_ssm_guiconnect",
    "aws_ssm_session",
    "azure_aks",
    "azure_arc",
    "azure_bastion",
    "azure_boot_diagnostics",
    "azure_entra_sign_in",
    "azure_jit",
    "azure_run_command",
    "azure_serial_console",
    "azure_ssh_key",
    "azure_vm_application",
    "azure_vm_extension",
    "gcp_iap_tunnel",
    "gcp_metadata",
    "gcp_os_config",
    "gcp_os_login",
    "gcp_serial_port",
}

/// The event that the examples of `cloud` are merged onto.
pub fn base(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Aws => include_str!("base/aws.json"),
        Cloud::Azure => include_str!("base/azure.json"),
        Cloud::Gcp => include_str!("base/gcp.json"),
    }
}
