// The pages by which people come in: loaded together, and only where one is gone to.
export { InvitationPage } from "./invitation";
export { LoginPage } from "./login";
export { RegisterPage } from "./register";
export { ResetPage } from "./reset";
