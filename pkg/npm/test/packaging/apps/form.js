/** A form with one thing wrong. */
export const form = {
  cmkit: "form/1",
  encryptionMode: "CustomerManaged",
  keyUrl: "https://kv-orders.vault.azure.net/keys/orders-kek",
  purgeProtection: false,
};
