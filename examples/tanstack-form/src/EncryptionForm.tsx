/** The encryption page of a form that creates a cluster: every field judged as it is typed, by the rules of the package. */

import { useForm } from "@tanstack/react-form";
import type { FormModel } from "cmkit";
import { formSchema } from "cmkit/standard-schema";

const defaultValues = { encryptionMode: "CustomerManaged", location: "West US 3", keyUrl: "", purgeProtection: false };

// `await initPolicy()` has to be over before the first validation; see main.tsx. The form is judged as a whole, since rules
// weigh fields against each other; each issue goes to the field of its path.
const schema = formSchema<typeof defaultValues>();

export function EncryptionForm({ create }: { create: (form: FormModel) => void }) {
  const form = useForm({ defaultValues, validators: { onChange: schema }, onSubmit: ({ value }) => create(value) });

  const text = (name: "location" | "keyUrl", label: string) => (
    <form.Field name={name}>
      {({ state: { value, meta }, handleChange, handleBlur }) => (
        <label>
          {label} <input value={value} onChange={({ target }) => handleChange(target.value)} onBlur={handleBlur} aria-invalid={!meta.isValid} />
          {meta.errors.map((issue) => issue && <p role="alert" key={issue.message}>{issue.message}</p>)}
        </label>
      )}
    </form.Field>
  );

  return (
    <form noValidate onSubmit={(event) => { event.preventDefault(); void form.handleSubmit(); }}>
      {text("location", "Region")}
      {text("keyUrl", "Key identifier")}
      <form.Field name="purgeProtection">
        {({ state: { value, meta }, handleChange }) => (
          <label>
            <input type="checkbox" checked={value} onChange={({ target }) => handleChange(target.checked)} /> Purge protection
            {meta.errors.map((issue) => issue && <p role="alert" key={issue.message}>{issue.message}</p>)}
          </label>
        )}
      </form.Field>
      <form.Subscribe selector={({ canSubmit }) => canSubmit}>{(can) => <button disabled={!can}>Create</button>}</form.Subscribe>
    </form>
  );
}
