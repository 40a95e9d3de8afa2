import { testIdentity } from "./identity.mjs";

testIdentity("a managed identity of a virtual machine (IMDS)", ({ imdsHost }) => ({
  AZURE_POD_IDENTITY_AUTHORITY_HOST: imdsHost,
}));
