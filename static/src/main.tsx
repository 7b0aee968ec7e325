// The start: which page, and whether somebody is signed in.
import { type ComponentType, render } from "preact";
import { useEffect } from "preact/hooks";
import { may, me } from "./api/me";
import { askSession, askSessionAtLogin, session } from "./api/session";
import { hasDesk } from "./app/desk-part";
import "./app/handed";
import { afterLogin, followLinks, go, loginPath, path, query } from "./app/router";
import { Shell } from "./app/shell";
import "./app/theme";
import { CallsPage } from "./calls/page";
import "./css/main.css";
import { Later } from "./app/later";
import { Skeleton } from "./app/parts";
import { Frame } from "./entrance/frame";
import { NotAllowedPage, NotFoundPage } from "./not-found";

const deskPage = () => import("./desk/page").then(({ DeskPage }) => DeskPage);
const callPage = () => import("./call/page").then(({ CallPage }) => CallPage);
const systemPage = () => import("./system/page").then(({ SystemPage }) => SystemPage);
const linksPage = () => import("./links/page").then(({ TalkLinksPage }) => TalkLinksPage);
const loginPage = () => import("./entrance/pages").then(({ LoginPage }) => LoginPage);

const talkPage = () => import("./talk/page").then(({ TalkPage }) => TalkPage);

/** Where people come in, signed in or not. */
const entrances: Record<string, () => Promise<ComponentType>> = {
  "/setup": () => import("./entrance/pages").then(({ SetupPage }) => SetupPage),
  "/register": () => import("./entrance/pages").then(({ RegisterPage }) => RegisterPage),
  "/invitation": () => import("./entrance/pages").then(({ InvitationPage }) => InvitationPage),
  "/reset": () => import("./entrance/pages").then(({ ResetPage }) => ResetPage),
};

function App() {
  const here = path.value;
  const who = session.value;
  const atLogin = here === "/login";
  const entrance = entrances[here];
  const link = /^\/talk\/([^/]+)$/.exec(here)?.[1];
  useEffect(() => {
    if (entrance || link) return;
    if (who === undefined) void (atLogin ? askSessionAtLogin() : askSession());
    if (who === null && !atLogin) go(loginPath(), "replace");
    if (who && atLogin) go(afterLogin(query.peek()), "replace");
  }, [who, atLogin, entrance, link]);
  if (link) {
    return (
      <Frame>
        <Later key={link} load={talkPage} props={{ token: link }} />
      </Frame>
    );
  }
  if (entrance) return <Entrance key={here} page={entrance} />;
  if (atLogin) return who === null ? <Entrance key={here} page={loginPage} /> : null;
  if (who === null) return null;
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
  const call = /^\/calls\/([0-9a-f-]{36})$/i.exec(here);
  if (here === "/") return <Home />;
  if (here === "/calls") return <CallsPage />;
  if (call?.[1]) return <Later key={call[1]} load={callPage} props={{ id: call[1] }} />;
  if (here === "/desk") return <Desk />;
  if (here === "/system") return <Allowed to="installation" page={systemPage} />;
  if (here === "/talk-links") return <Allowed to="business_write" page={linksPage} />;
  return <NotFoundPage what="page" />;
}

/** Leads to where somebody of this role works: agents to their desk, all others to the calls. */
function Home() {
  const who = me.value;
  useEffect(() => {
    if (who) go(who.user?.role === "agent" ? "/desk" : "/calls", "replace");
  }, [who]);
  return <Skeleton rows={6} />;
}

function Desk() {
  const isTheirs = hasDesk();
  if (isTheirs === null) return <Skeleton rows={6} />;
  return isTheirs ? <Later key="desk" load={deskPage} props={{}} /> : <NotAllowedPage />;
}

/** A page of those who have this permission. */
function Allowed({ to, page }: { to: Parameters<typeof may>[0]; page: () => Promise<ComponentType> }) {
  const isAllowed = may(to);
  if (isAllowed === null) return <Skeleton rows={6} />;
  return isAllowed ? <Later key={to} load={page} props={{}} /> : <NotAllowedPage />;
}

document.addEventListener("click", followLinks);
const root = document.getElementById("app");
if (root) render(<App />, root);
