import { testIdentity } from "./identity.mjs";

testIdentity("a managed identity of App Service", ({ identityEndpoint, identityHeader }) => ({
  IDENTITY_ENDPOINT: identityEndpoint,
  IDENTITY_HEADER: identityHeader,
}));
