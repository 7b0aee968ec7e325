//! Carries out happenings at or over a FreeSWITCH.

use std::rc::Rc;

use serde_json::{Value, json};

use super::Here;
use crate::parties::orders::Orders;
use crate::parties::switchboard::name_of_phone;
use crate::parties::{caller, orders, twilio};
use crate::plan::{OrderRoute, PhonePlan, SwitchAct};

impl Here<'_> {
    /// Keeps the callers of calls that the switch has kept since the last life, and waits for telephones that still ring.
    pub(crate) fn stay_on_calls(&self) {
        caller::stay(self.callers, &self.addresses);
        orders::wait_again(self.callers, &self.addresses);
    }

    /// Carries out a happening.
    pub(super) async fn at_switch(&mut self, act: SwitchAct) {
        match act {
            SwitchAct::RingsPhone { caller, phone } => {
                let Some(call) = self.call_of(caller).await else { return };
                self.commands += 1;
                if let Some(program) = &self.programs[0] {
                    let target = name_of_phone(phone);
                    let command = json!({ "command": "bridge", "call_id": call, "target": target });
                    program.command(command, self.commands);
                }
            }
            SwitchAct::Orders { order, over, is_repeated, phone, is_mailbox, leaves_message } => {
                self.order(order, over, if is_repeated { 2 } else { 1 }, (phone, is_mailbox, leaves_message));
            }
            SwitchAct::ControlBreaks { caller }
            | SwitchAct::ControlStalls { caller, .. }
            | SwitchAct::AudioBreaks { caller }
            | SwitchAct::AudioStalls { caller, .. } => {
                self.with(caller, |caller| caller.has_trouble_at_switch(act));
            }
            SwitchAct::LinkBreaks
            | SwitchAct::LinkStalls { .. }
            | SwitchAct::RepliesLate { .. }
            | SwitchAct::Leaves { .. }
            | SwitchAct::IsRestarted => {
                if let Some(switch) = &self.addresses.switch {
                    switch.has_trouble(act);
                }
            }
        }
    }

    /// Orders a call over Twilio; the order is sent `times` times at once.
    pub(super) fn order_at_twilio(&mut self, order: u32, over: OrderRoute, times: u32, phone: PhonePlan) {
        let orders = Rc::clone(&self.orders_at_twilio);
        let mut call = orders::begin(&orders, self.addresses.life, order, phone, (false, false));
        call["switch"] = json!("twilio");
        self.send(&orders, order, over, times, &call);
        let number = call["to"].as_str().unwrap_or_default();
        twilio::rings_for(self.callers, &self.addresses, order, number, phone);
    }

    /// Orders a call; the order is sent `times` times at once.
    fn order(
        &mut self,
        order: u32,
        over: OrderRoute,
        times: u32,
        (phone, is_mailbox, leaves_message): (PhonePlan, bool, bool),
    ) {
        let Some(switch) = self.addresses.switch.clone() else { return };
        let mailbox = (is_mailbox, leaves_message);
        let call = orders::begin(&switch.orders, self.addresses.life, order, phone, mailbox);
        switch.has_phone(call["to"].as_str().unwrap_or_default(), phone, is_mailbox);
        self.send(&switch.orders, order, over, times, &call);
        // A mailbox without a message to leave says and hears nothing.
        if leaves_message || !is_mailbox {
            orders::wait_for_answer(self.callers, &self.addresses, order);
        }
    }

    fn send(&mut self, orders: &Orders, order: u32, over: OrderRoute, times: u32, call: &Value) {
        for _ in 0..times {
            match over {
                OrderRoute::Http => {
                    orders::ask(orders, self.addresses.http, self.stage.organizations[0], order, call);
                }
                OrderRoute::ControlSocket => {
                    let Some(program) = &self.programs[0] else { return };
                    self.commands += 1;
                    orders::is_commanded(orders, order, self.commands);
                    let command = json!({ "command": "originate", "key": orders::key(order), "call": call });
                    program.command(command, self.commands);
                }
            }
        }
    }
}
