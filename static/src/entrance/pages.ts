// The sign-in and registration pages: loaded together, when a user goes to one of them or has to sign in again.
export { EmailPage } from "./email";
export { InvitationPage } from "./invitation";
export { LoginPage } from "./login";
export { RegisterPage } from "./register";
export { ReportMailPage } from "./report-mail";
export { ResetPage } from "./reset";
export { SignInAgain } from "./sign-in-again";
