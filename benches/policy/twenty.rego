package cmk

import rego.v1

clusters contains r if { some r in input.resources; r.type == "Microsoft.DocumentDB/mongoClusters" }
vaults contains r if { some r in input.resources; r.type == "Microsoft.KeyVault/vaults" }
keys contains r if { some r in input.resources; r.type == "Microsoft.KeyVault/vaults/keys" }
grants contains r if { some r in input.resources; r.type == "Microsoft.Authorization/roleAssignments" }
identities contains r if { some r in input.resources; r.type == "Microsoft.ManagedIdentity/userAssignedIdentities" }
cmk(c) := c.properties.encryption.customerManagedKeyEncryption

deny contains "CMK1001" if { some v in vaults; v.properties.enableSoftDelete == false }
deny contains "CMK1002" if { some v in vaults; not v.properties.enablePurgeProtection == true }
deny contains "CMK1004" if { some v in vaults; v.properties.softDeleteRetentionInDays < 90 }
deny contains "CMK1007" if { some v in vaults; not v.properties.enableRbacAuthorization == true }
deny contains "CMK2001" if { some k in keys; not k.properties.kty in {"RSA", "RSA-HSM"} }
deny contains "CMK2002" if { some k in keys; not k.properties.keySize in {2048, 3072, 4096} }
deny contains "CMK2003" if { some k in keys; k.properties.keySize < 4096 }
deny contains "CMK2004" if { some k in keys; k.properties.attributes.enabled == false }
deny contains "CMK2006" if { some k in keys; k.properties.attributes.exp <= data.now }
deny contains "CMK2008" if { some k in keys; some op in {"wrapKey", "unwrapKey"}; not op in k.properties.keyOps }
deny contains "CMK3001" if { some c in clusters; count(split(cmk(c).keyEncryptionKeyUrl, "/")) > 5 }
deny contains "CMK3002" if { some c in clusters; not regex.match(`^https://[a-zA-Z0-9-]{3,24}\.vault\.azure\.net/keys/`, cmk(c).keyEncryptionKeyUrl) }
deny contains "CMK4001" if { some c in clusters; not c.identity.type == "UserAssigned" }
deny contains "CMK4002" if { some c in clusters; not cmk(c).keyEncryptionKeyIdentity.identityType == "UserAssignedIdentity" }
deny contains "CMK4004" if { some c in clusters; not c.identity.userAssignedIdentities[cmk(c).keyEncryptionKeyIdentity.userAssignedIdentityResourceId] }
deny contains "CMK4103" if { some g in grants; not endswith(g.properties.roleDefinitionId, "e147488a-f6f5-4113-8e2d-b22465e65bf6") }
deny contains "CMK5001" if { some v in vaults; v.properties.publicNetworkAccess == "Disabled"; not v.properties.networkAcls.bypass == "AzureServices" }
deny contains "CMK6003" if { some c in clusters; c.apiVersion < "2025-07-01" }
deny contains "CMK6005" if { some c in clusters; some v in vaults; lower(replace(v.location, " ", "")) != lower(replace(c.location, " ", "")) }
deny contains "CMK7001" if { some k in keys; count([a | some a in k.properties.rotationPolicy.lifetimeActions; lower(a.action.type) == "rotate"]) == 0 }
