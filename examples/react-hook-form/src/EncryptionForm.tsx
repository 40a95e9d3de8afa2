/** The encryption page of a form that creates a cluster: every field judged as it is typed, by the rules of the package. */

import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import type { FormModel } from "cmkit";
import { formSchema } from "cmkit/standard-schema";
import { useForm } from "react-hook-form";

// `await initPolicy()` has to be over before the first validation; see main.tsx. The codes of rules, warnings and fixes come
// with `cmkitResolver` of cmkit/react, which takes the place of this resolver.
const resolver = standardSchemaResolver(formSchema());

const defaultValues: FormModel = { encryptionMode: "CustomerManaged", location: "West US 3", keyUrl: "", purgeProtection: false };

export function EncryptionForm({ create }: { create: (form: FormModel) => void }) {
  const { register, handleSubmit, formState } = useForm<FormModel>({ resolver, defaultValues, mode: "onChange" });

  const mistake = (name: keyof FormModel) => {
    const message = formState.errors[name]?.message;
    return message && <p id={`${name}-mistake`} role="alert">{String(message)}</p>;
  };
  const field = (name: keyof FormModel) => ({
    ...register(name),
    "aria-invalid": name in formState.errors,
    "aria-describedby": `${name}-mistake`,
  });

  return (
    <form onSubmit={handleSubmit(create)} noValidate>
      <label>Region <input {...field("location")} /></label>
      {mistake("location")}
      <label>Key identifier <input {...field("keyUrl")} placeholder="https://VAULT.vault.azure.net/keys/NAME" /></label>
      {mistake("keyUrl")}
      <label><input type="checkbox" {...field("purgeProtection")} /> Purge protection</label>
      {mistake("purgeProtection")}
      <button disabled={!formState.isValid}>Create</button>
    </form>
  );
}
