// The entry point: which page to show, and whether a user is signed in.
import { type ComponentType, render } from "preact";
import { useEffect } from "preact/hooks";
import { me } from "./api/me";
import { askSession, askSessionAtLogin, hasEnded, learnSession, session } from "./api/session";
import { isZoneAwaited } from "./app/business-clock";
import "./app/handed";
import { afterLogin, followLinks, go, loginPath, path, query } from "./app/router";
import { roomAt } from "./app/rooms";
import { Shell } from "./app/shell";
import "./app/theme";
import "./css/main.css";
import { Later } from "./app/later";
import { Skeleton } from "./app/parts";
import { Frame } from "./entrance/frame";
import { NotAllowedPage, NotFoundPage } from "./not-found";

const talkPage = () => import("./talk/page").then(({ TalkPage }) => TalkPage);

const loginPage = () => import("./entrance/pages").then(({ LoginPage }) => LoginPage);

const signInAgain = () => import("./entrance/pages").then(({ SignInAgain }) => SignInAgain);

/** Pages that are open to everybody, signed in or not. */
const entrances: Record<string, () => Promise<ComponentType>> = {
  "/register": () => import("./entrance/pages").then(({ RegisterPage }) => RegisterPage),
  "/invitation": () => import("./entrance/pages").then(({ InvitationPage }) => InvitationPage),
  "/email": () => import("./entrance/pages").then(({ EmailPage }) => EmailPage),
  "/report-mail": () => import("./entrance/pages").then(({ ReportMailPage }) => ReportMailPage),
  "/reset": () => import("./entrance/pages").then(({ ResetPage }) => ResetPage),
};

const setupPage = () => import("./setup/page").then(({ SetupPage }) => SetupPage);
const welcomePage = () => import("./setup/welcome").then(({ WelcomePage }) => WelcomePage);

function App() {
  return (
    <>
      <Pages />
      {hasEnded.value && <Later load={signInAgain} props={{}} />}
    </>
  );
}

function Pages() {
  const here = path.value;
  const who = session.value;
  const atLogin = here === "/login";
  const entrance = entrances[here];
  const isSetup = here === "/setup";
  const link = /^\/talk\/([^/]+)$/.exec(here)?.[1];
  // Nothing that the pages keep in memory is shown to another user (api/session.ts).
  const isAnothers = who?.csrf === "";
  useEffect(() => {
    if (entrance || link || isSetup) return;
    // On the sign-in page the form leads on first.
    if (isAnothers && !atLogin) location.reload();
    if (who === undefined) void learnSession(atLogin ? askSessionAtLogin : askSession);
    if (who === null && !atLogin) go(loginPath(), "replace");
    if (who && atLogin) go(afterLogin(query.peek()), "replace");
  }, [who, atLogin, entrance, link, isSetup, isAnothers]);
  if (link) return <Later key={link} load={talkPage} props={{ token: link }} />;
  if (isSetup) return <Later key={here} load={setupPage} props={{}} />;
  if (entrance) return <Entrance key={here} page={entrance} />;
  if (atLogin) return who === null ? <Entrance key={here} page={loginPage} /> : null;
  if (who === null || isAnothers) return null;
  if (here === "/welcome") return <Later key={here} load={welcomePage} props={{}} />;
  return (
    <Shell>
      <Page here={here} />
    </Shell>
  );
}

function Entrance({ page }: { page: () => Promise<ComponentType> }) {
  return (
    <Frame>
      <Later load={page} props={{}} />
    </Frame>
  );
}

function Page({ here }: { here: string }) {
  if (here === "/") return <Home />;
  const found = roomAt(here);
  if (!found) return <NotFoundPage what="page" />;
  const { room, id } = found;
  const isOpen = room.isOpen();
  if (isOpen === null) return <Skeleton rows={6} />;
  if (!isOpen) return <NotAllowedPage />;
  if (isZoneAwaited.value) return <Skeleton rows={6} />;
  return <Later key={room.href} load={room.load} props={id === undefined ? {} : { id }} />;
}

/** Goes to the start page of the user's role: the desk for agents, the dashboard for those who may read figures, the calls for all others. */
function Home() {
  const who = me.value;
  useEffect(() => {
    if (who) go(who.user?.role === "agent" ? "/desk" : who.permissions.includes("dashboard_read") ? "/dashboard" : "/calls", "replace");
  }, [who]);
  return <Skeleton rows={6} />;
}

document.addEventListener("click", followLinks);
const root = document.getElementById("app");
if (root) render(<App />, root);
