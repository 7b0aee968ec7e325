// `/report-mail`: the weekly mail of the user to whom the link was sent is stopped, whoever is signed in. Opening the link changes nothing: programs
// that check mails follow links, too. A button stops the mails.
import { useEffect, useState } from "preact/hooks";
import { stopReportMail } from "../api/entrance";
import { handed } from "../app/handed";
import { Heading } from "../app/parts";
import { Form } from "./fields";
import { useForm } from "./form";
import { Notice } from "./told";
import { w } from "./words";

/** The page. */
export function ReportMailPage() {
  const token = handed.value;
  const [stage, setStage] = useState<"open" | "gone" | "stopped">("open");
  useEffect(() => {
    if (token !== null) setStage("open");
  }, [token]);
  const over = (how: "gone" | "stopped") => {
    setStage(how);
    handed.value = null;
  };
  if (token !== null) return <Stop key={token} token={token} onOver={over} />;
  switch (stage) {
    case "open":
      return (
        <>
          <Heading title={w.reportMail.title}>{w.reportMail.open}</Heading>
          <p>{w.reportMail.openText}</p>
          <Ways />
        </>
      );
    case "gone":
      return <Told title={w.reportMail.gone} heading={w.reportMail.goneHeading} text={w.reportMail.goneText} />;
    case "stopped":
      return <Told title={w.reportMail.stopped} heading={w.reportMail.stoppedHeading} text={w.reportMail.stoppedText} />;
  }
}

function Stop({ token, onOver }: { token: string; onOver: (how: "gone" | "stopped") => void }) {
  const state = useForm({
    required: {},
    send: async () => {
      await stopReportMail(token);
      onOver("stopped");
    },
    meaning: ({ status }) => {
      if (status !== 404) return null;
      onOver("gone");
      return {};
    },
  });
  return (
    <>
      <Heading title={w.reportMail.title}>{w.reportMail.heading}</Heading>
      <p>{w.reportMail.lead}</p>
      <Form state={state} verb={w.reportMail.verb}>
        {null}
      </Form>
    </>
  );
}

function Told({ title, heading, text }: { title: string; heading: string; text: string }) {
  return (
    <>
      <Heading title={title}>{heading}</Heading>
      <Notice>
        <p>{text}</p>
      </Notice>
      <Ways />
    </>
  );
}

function Ways() {
  return (
    <nav class="ways" aria-label={w.other}>
      <a class="alone" href="/reports">
        {w.reportMail.reports}
      </a>
    </nav>
  );
}
