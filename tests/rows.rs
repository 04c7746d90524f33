//! The known operation names in the logs of the three clouds: for each name, the operation of the catalogue that recognises
//! it, or the reason why none does.

use crate::catalogue::catalogue;
use std::collections::BTreeMap;

/// Names in AWS CloudTrail.
const AWS: &[(&str, &str)] = &[
    ("StartSession", "aws_ssm_session.start_session"),
    ("ResumeSession", "aws_ssm_session.resume_session"),
    ("TerminateSession", "aws_ssm_session.terminate_session"),
    ("SendCommand", "aws_ssm_command.send_command"),
    (
        "StartAutomationExecution",
        "aws_ssm_automation.start_automation_execution",
    ),
    (
        "StartChangeRequestExecution",
        "aws_ssm_automation.start_change_request_execution",
    ),
    ("CreateAssociation", "aws_ssm_association.create_association"),
    (
        "CreateAssociationBatch",
        "aws_ssm_association.create_association_batch",
    ),
    ("UpdateAssociation", "aws_ssm_association.update_association"),
    (
        "StartAssociationsOnce",
        "aws_ssm_association.start_associations_once",
    ),
    ("CreateDocument", "aws_ssm_document.create_document"),
    ("UpdateDocument", "aws_ssm_document.update_document"),
    (
        "ModifyDocumentPermission",
        "aws_ssm_document.modify_document_permission",
    ),
    ("CreateActivation", "aws_ssm_access.create_activation"),
    ("StartAccessRequest", "aws_ssm_access.start_access_request"),
    ("GetAccessToken", "aws_ssm_access.get_access_token"),
    ("StartConnection", "aws_ssm_guiconnect.start_connection"),
    ("CancelConnection", "aws_ssm_guiconnect.cancel_connection"),
    ("SendSSHPublicKey", "aws_instance_connect.send_ssh_public_key"),
    ("OpenTunnel", "aws_instance_connect.open_tunnel"),
    (
        "SendSerialConsoleSSHPublicKey",
        "aws_serial_console.send_serial_console_ssh_public_key",
    ),
    (
        "EnableSerialConsoleAccess",
        "aws_serial_console.enable_serial_console_access",
    ),
    (
        "DisableSerialConsoleAccess",
        "aws_serial_console.disable_serial_console_access",
    ),
    (
        "CreateInstanceConnectEndpoint",
        "aws_instance_connect_endpoint.create_instance_connect_endpoint",
    ),
    (
        "ModifyInstanceConnectEndpoint",
        "aws_instance_connect_endpoint.modify_instance_connect_endpoint",
    ),
    ("GetPasswordData", "aws_ec2_credentials.get_password_data"),
    ("ModifyInstanceAttribute", "aws_ec2_user_data.modify_user_data"),
    ("ImportKeyPair", "aws_ec2_key_pair.import_key_pair"),
    ("CreateKeyPair", "aws_ec2_key_pair.create_key_pair"),
    ("GetConsoleOutput", "aws_ec2_console_output.get_console_output"),
    (
        "GetConsoleScreenshot",
        "aws_ec2_console_output.get_console_screenshot",
    ),
    ("ExecuteCommand", "aws_ecs_exec.execute_command"),
    (
        "GetInstanceAccessDetails",
        "aws_lightsail.get_instance_access_details",
    ),
    (
        "DownloadDefaultKeyPair",
        "aws_lightsail.download_default_key_pair",
    ),
    ("CreateSession", "aws_cloudshell.create_session"),
    ("CreateEnvironment", "aws_cloudshell.create_environment"),
    ("StartEnvironment", "aws_cloudshell.start_environment"),
    ("PutCredentials", "aws_cloudshell.put_credentials"),
];

/// Names in Azure logs, without `Microsoft.`.
const AZURE: &[(&str, &str)] = &[
    (
        "SerialConsole/serialPorts/connect/action",
        "azure_serial_console.connect",
    ),
    (
        "SerialConsole/consoleServices/enableConsole/action",
        "azure_serial_console.enable_console",
    ),
    (
        "SerialConsole/consoleServices/disableConsole/action",
        "azure_serial_console.disable_console",
    ),
    (
        "Compute/virtualMachines/runCommand/action",
        "azure_run_command.run_command",
    ),
    (
        "Compute/virtualMachines/runCommands/write",
        "azure_run_command.run_command_write",
    ),
    (
        "Compute/virtualMachines/runCommands/delete",
        "azure_run_command.run_command_delete",
    ),
    (
        "Compute/virtualMachineScaleSets/virtualMachines/runCommand/action",
        "azure_run_command.vmss_run_command",
    ),
    (
        "Compute/virtualMachineScaleSets/virtualMachines/runCommands/write",
        "azure_run_command.vmss_run_command_write",
    ),
    (
        "Compute/virtualMachines/diagnosticRunCommand/action",
        "azure_run_command.diagnostic_run_command",
    ),
    (
        "Compute/virtualMachines/extensions/write",
        "azure_vm_extension.write",
    ),
    (
        "Compute/virtualMachines/extensions/delete",
        "azure_vm_extension.delete",
    ),
    (
        "Compute/virtualMachineScaleSets/extensions/write",
        "azure_vm_extension.vmss_write",
    ),
    (
        "Compute/virtualMachineScaleSets/virtualMachines/extensions/write",
        "azure_vm_extension.vmss_instance_write",
    ),
    (
        "Compute/galleries/applications/versions/write",
        "azure_vm_application.version_write",
    ),
    ("Compute/sshPublicKeys/write", "azure_ssh_key.write"),
    (
        "Compute/sshPublicKeys/generateKeyPair/action",
        "azure_ssh_key.generate_key_pair",
    ),
    (
        "Compute/virtualMachines/retrieveBootDiagnosticsData/action",
        "azure_boot_diagnostics.retrieve",
    ),
    (
        "Network/bastionHosts/createshareablelinks/action",
        "azure_bastion.create_shareable_links",
    ),
    (
        "Network/bastionHosts/getShareablelinks/action",
        "azure_bastion.get_shareable_links",
    ),
    (
        "Network/bastionHosts/deleteShareableLinks/action",
        "azure_bastion.delete_shareable_links",
    ),
    (
        "Network/bastionHosts/getactivesessions/action",
        "azure_bastion.get_active_sessions",
    ),
    (
        "Network/bastionHosts/disconnectactivesessions/action",
        "azure_bastion.disconnect_active_sessions",
    ),
    ("Network/bastionHosts/write", "azure_bastion.write"),
    ("Network/BastionHost/connect", "azure_bastion.connect"),
    (
        "Security/locations/jitNetworkAccessPolicies/initiate/action",
        "azure_jit.initiate",
    ),
    (
        "HybridCompute/machines/runCommands/write",
        "azure_arc.run_command_write",
    ),
    (
        "HybridCompute/machines/extensions/write",
        "azure_arc.extension_write",
    ),
    (
        "HybridConnectivity/endpoints/listCredentials/action",
        "azure_arc.list_credentials",
    ),
    (
        "ContainerService/managedClusters/runCommand/action",
        "azure_aks.run_command",
    ),
];

/// Two Entra operations have the same name; the application distinguishes them.
const ENTRA: [&str; 2] = ["azure_entra_sign_in.linux_vm", "azure_entra_sign_in.windows_vm"];

/// Names in Google Cloud audit logs.
const GCP: &[(&str, &str)] = &[
    ("v1.compute.instances.setMetadata", "gcp_metadata.set_metadata"),
    ("beta.compute.instances.setMetadata", "gcp_metadata.set_metadata"),
    ("alpha.compute.instances.setMetadata", "gcp_metadata.set_metadata"),
    (
        "v1.compute.projects.setCommonInstanceMetadata",
        "gcp_metadata.set_common_instance_metadata",
    ),
    (
        "v1.compute.instances.getSerialPortOutput",
        "gcp_serial_port.get_serial_port_output",
    ),
    ("google.ssh-serialport.v1.connect", "gcp_serial_port.connect"),
    (
        "google.ssh-serialport.v1.disconnect",
        "gcp_serial_port.disconnect",
    ),
    ("AuthorizeUser", "gcp_iap_tunnel.authorize_user"),
    (
        "google.cloud.oslogin.dataplane.OsLoginDataPlaneService.CheckPolicy",
        "gcp_os_login.check_policy",
    ),
    (
        "google.cloud.oslogin.dataplane.OsLoginDataPlaneService.StartSession",
        "gcp_os_login.start_session",
    ),
    (
        "google.cloud.oslogin.dataplane.OsLoginDataPlaneService.ContinueSession",
        "gcp_os_login.continue_session",
    ),
    (
        "google.cloud.oslogin.v1.OsLoginService.ImportSshPublicKey",
        "gcp_os_login.import_ssh_public_key",
    ),
    (
        "google.cloud.oslogin.v1beta.OsLoginService.ImportSshPublicKey",
        "gcp_os_login.import_ssh_public_key",
    ),
    (
        "google.cloud.oslogin.v1.OsLoginService.UpdateSshPublicKey",
        "gcp_os_login.update_ssh_public_key",
    ),
    ("users.sshPublicKeys.patch", "gcp_os_login.update_ssh_public_key"),
    (
        "google.cloud.oslogin.controlplane.regional.v1.OsLoginRegionalService.SignSshPublicKey",
        "gcp_os_login.sign_ssh_public_key",
    ),
    (
        "google.cloud.osconfig.v1.OsConfigZonalService.CreateOSPolicyAssignment",
        "gcp_os_config.create_os_policy_assignment",
    ),
    (
        "google.cloud.osconfig.v1.OsConfigZonalService.UpdateOSPolicyAssignment",
        "gcp_os_config.update_os_policy_assignment",
    ),
    (
        "google.cloud.osconfig.v1.OsConfigService.ExecutePatchJob",
        "gcp_os_config.execute_patch_job",
    ),
    (
        "google.cloud.osconfig.v1.OsConfigService.CreatePatchDeployment",
        "gcp_os_config.create_patch_deployment",
    ),
];

/// Names without an operation in the catalogue, each with the reason.
const NONE: &[(&str, &str)] = &[
    ("ReplaceRootVolume", "changes a machine, opens none"),
    ("AttachVolume", "changes a machine, opens none"),
    ("OpenControlChannel", "the agent's heartbeat"),
    ("CreateControlChannel", "the agent's heartbeat"),
    ("DescribeInstanceInformation", "reading"),
    ("GetCommandInvocation", "reading"),
    ("ListCommands", "reading"),
    ("ListCommandInvocations", "reading"),
    ("DescribeSessions", "reading"),
    ("GetConnectionStatus", "reading"),
    ("UpdateInstanceInformation", "the agent's heartbeat"),
    ("UpdateInstanceAssociationStatus", "the agent's heartbeat"),
    ("PutInventory", "the agent's heartbeat"),
    (
        "Microsoft.Compute/virtualMachines/write",
        "the log does not show whether it holds a script",
    ),
    ("v1.compute.instances.insert", "creates a machine, opens none"),
    ("v1.compute.instances.bulkInsert", "creates a machine, opens none"),
    (
        "google.iam.v1.IAMPolicy.SetIamPolicy",
        "grants rights in general; whether they open a machine is not in the log",
    ),
];

/// Every name in the catalogue, a glob where it varies, with the ids that have it.
fn names() -> BTreeMap<String, Vec<String>> {
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (family, operation) in catalogue().operations() {
        for name in operation.names() {
            names
                .entry(name.to_owned())
                .or_default()
                .push(family.operation_id(operation));
        }
    }
    names
}

fn ids(names: &BTreeMap<String, Vec<String>>, wanted: &str) -> Vec<String> {
    let fitting = names
        .iter()
        .filter(|(name, _)| directvm::detect::glob::fits(name, wanted));
    fitting.flat_map(|(_, ids)| ids.clone()).collect()
}

#[test]
fn every_known_name_has_its_operation() {
    let names = names();
    let azure = AZURE.iter().map(|(name, id)| (format!("Microsoft.{name}"), *id));
    let others = AWS.iter().chain(GCP).map(|(name, id)| ((*name).to_owned(), *id));
    let entra = ENTRA.iter().map(|id| ("Sign-in activity".to_owned(), *id));
    let rows = azure.chain(others).chain(entra);
    let missing: Vec<_> = rows
        .filter(|(name, id)| !ids(&names, name).iter().any(|known| known == id))
        .collect();
    assert!(missing.is_empty(), "no operation recognises {missing:#?}");
}

#[test]
fn excluded_operations_are_not_found() {
    let names = names();
    for (name, reason) in NONE {
        assert!(
            ids(&names, name).is_empty(),
            "{name} is left out ({reason}), yet something recognises it"
        );
    }
}
