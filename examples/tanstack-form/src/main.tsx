import { initPolicy } from "cmkit";
import { createRoot } from "react-dom/client";
import { EncryptionForm } from "./EncryptionForm";

// Validation is synchronous, so the rules have to be there before the form is. With `cmkit/inline/policy` nothing is fetched.
await initPolicy();
createRoot(document.getElementById("root") as HTMLElement).render(<EncryptionForm create={(form) => console.log(form)} />);
