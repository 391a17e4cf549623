#include "session_loop.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace smtpserver::detail {

namespace {

namespace asio = boost::asio;

}  // namespace

session_loop::session_loop(std::shared_ptr<session_host> host, milterproto::newcomer& peer, connection facts,
                           xclient_use use, places where)
    : host_(std::move(host)),
      places_(std::move(where)),
      transport_(host_->executor, peer.descriptor(), peer.family(), host_->shared),
      session_(host_->session, std::move(facts), use),
      spool_(host_->options.spool_folder, host_->options.message_memory) {
    (void)peer.release();  // the transport has it
}

void session_loop::start(tls_start tls) {
    auto const ended = [self = shared_from_this()](std::exception_ptr const&) {
        self->transport_.close();
        self->report_end();
        self->host_->on_ended(self->facts().number);
    };
    asio::co_spawn(host_->executor, run(shared_from_this(), tls),
                   asio::bind_cancellation_slot(cancel_.slot(), ended));
}

void session_loop::drain() {
    session_.stop();
    transport_.wake();
}

void session_loop::stop() {
    if (std::exchange(is_stopped_, true)) return;
    end_ = connection_end::stopped;
    transport_.close();
    if (!is_asking_) {
        session_.ended();
        auto const todo = session_.next(transport_.now());
        auto const& on_abort = host_->application.on_abort;
        auto const* const what = std::get_if<action::abandoned>(&todo);
        if (what != nullptr && on_abort && !on_abort.waits()) {
            try {
                on_abort.call(facts(), what->envelope, what->why);
            } catch (...) {
                note_exception("on_abort", std::current_exception());
            }
        }
    }
    report_end();
    // Not in here: what an application awaits may end at once.
    asio::post(host_->executor,
               [self = shared_from_this()] { self->cancel_.emit(asio::cancellation_type::terminal); });
}

void session_loop::report_end() noexcept {
    if (!std::exchange(is_reported_, true)) host_->watcher->on_closed(facts(), end_);
}

task<> session_loop::run(std::shared_ptr<session_loop> self, tls_start tls) {
    std::exception_ptr thrown;
    try {
        co_await self->serve(tls);
    } catch (...) {
        thrown = std::current_exception();
    }
    if (!thrown || self->is_stopped_) co_return;
    self->end_ = connection_end::broken;
    self->note_exception("session", thrown);
}

/// While it waits for the client, no other coroutine of this connection takes memory.
task<> session_loop::serve(tls_start tls) {
    if (tls == tls_start::at_once) co_await secure();
    for (auto how = outcome::goes_on; how != outcome::is_over && !is_stopped_;) {
        how = co_await step();
        if (how != outcome::reads || is_stopped_) continue;
        std::string_view got;
        auto const read = co_await transport_.read(until_, session_.room(), got);
        if (!is_stopped_) on_read(read, got);
    }
}

/// Obeys one action.
task<session_loop::outcome> session_loop::step() {
    auto const todo = session_.next(transport_.now());
    if (auto const* one = std::get_if<action::take_content>(&todo)) {
        spool_.append(one->octets);
        co_return outcome::goes_on;
    }
    if (auto const* one = std::get_if<action::read>(&todo)) {
        until_ = one->until;
        bool const is_written = co_await flush();
        co_return is_written ? outcome::reads : outcome::goes_on;
    }
    if (std::holds_alternative<action::close>(todo)) {
        co_await finish();
        co_return outcome::is_over;
    }
    co_await obey(todo);
    co_return outcome::goes_on;
}

task<> session_loop::obey(any_action const& todo) {
    auto const& application = host_->application;
    if (std::holds_alternative<action::write>(todo)) co_await flush();
    if (auto const* one = std::get_if<action::pause>(&todo)) co_await pause(one->span);
    if (auto const* one = std::get_if<action::ask_mail>(&todo))
        co_await ask(application.on_mail, "on_mail", one->mail);
    if (auto const* one = std::get_if<action::ask_rcpt>(&todo)) co_await ask_rcpt(one->rcpt);
    if (auto const* one = std::get_if<action::ask_message>(&todo)) co_await ask_message(one->facts);
    if (auto const* one = std::get_if<action::abandoned>(&todo)) co_await tell_abandoned(*one);
    if (std::holds_alternative<action::ask_connect>(todo)) co_await ask(application.on_connect, "on_connect");
    if (auto const* one = std::get_if<action::ask_hello>(&todo))
        co_await ask(application.on_hello, "on_hello", one->name);
    if (std::holds_alternative<action::ask_data>(todo))
        co_await ask(application.on_data, "on_data", session_.transaction());
    if (auto const* one = std::get_if<action::ask_auth>(&todo))
        co_await ask(application.on_auth, "on_auth", one->credentials);
    if (auto const* one = std::get_if<action::ask_vrfy>(&todo))
        co_await ask(application.on_vrfy, "on_vrfy", one->argument);
    if (auto const* one = std::get_if<action::ask_unknown>(&todo))
        co_await ask(application.on_unknown, "on_unknown", one->line);
    if (std::holds_alternative<action::start_tls>(todo)) co_await secure();
}

// ---- the client ----

/// After this the session says what is still to be done.
void session_loop::lose(io how) {
    end_ = how == io::expired ? connection_end::unread : connection_end::lost;
    session_.ended();
}

void session_loop::on_read(io how, std::string_view got) {
    switch (how) {
        case io::done: return session_.feed(got);
        case io::expired: return session_.expired();
        case io::closed: return lose(how);
        case io::woken: return;
    }
}

/// Returns whether all output was written.
task<bool> session_loop::flush() {
    auto const octets = session_.output();
    if (octets.empty()) co_return true;
    auto const how = co_await transport_.write(octets, host_->options.write_timeout);
    if (is_stopped_) co_return false;
    if (how == io::done)
        session_.written(octets.size());
    else
        lose(how);
    co_return how == io::done;
}

task<> session_loop::pause(std::chrono::milliseconds span) {
    bool const is_written = co_await flush();
    if (!is_written) co_return;
    milterproto::timer wait(host_->executor);
    co_await wait.wait_for(span);
}

task<> session_loop::secure() {
    bool const is_written = co_await flush();
    if (!is_written) co_return;
    auto const how = co_await transport_.shake_hands(*host_->tls, host_->options.handshake_timeout);
    if (is_stopped_) co_return;
    if (how == io::done) {
        session_.secured(transport_.tls().facts());
        co_return;
    }
    lose(how);
    end_ = connection_end::handshake;
    auto const& fault = transport_.tls().fault();
    host_->watcher->on_handshake_failure(facts(), fault.empty() ? "the client did not finish it" : fault);
}

task<> session_loop::finish() {
    bool const is_written = co_await flush();
    if (is_written && end_ == connection_end::orderly) co_await transport_.say_goodbye();
}

// ---- the application ----

/// Returns what the callback says, or `otherwise` where there is none; nothing if the connection is lost
/// meanwhile. What was said before does not wait for a callback that waits.
template <class Result, class... Arguments, class... Given>
task<std::optional<Result>> session_loop::consult(callback<Result, Arguments...> const& how,
                                                  std::string_view name, Result otherwise,
                                                  Given const&... given) {
    std::optional<Result> found(std::move(otherwise));
    std::exception_ptr thrown;
    if (how.waits()) {
        bool const is_written = co_await flush();
        if (!is_written) co_return std::nullopt;
    }
    is_asking_ = true;
    try {
        if (how.waits())
            found = co_await how.begin(facts(), given...);
        else if (how)
            found = how.call(facts(), given...);
    } catch (...) {
        thrown = std::current_exception();
    }
    is_asking_ = false;
    if (is_stopped_) co_return std::nullopt;
    if (thrown) {
        found = Result(reply::internal_error());
        note_exception(name, thrown);
    }
    co_return found;
}

template <class... Arguments, class... Given>
task<> session_loop::ask(callback<reply, Arguments...> const& how, std::string_view name,
                         Given const&... given) {
    reply otherwise = 250;
    auto answer = co_await consult(how, name, std::move(otherwise), given...);
    if (answer) session_.answer(*std::move(answer));
}

void session_loop::note_exception(std::string_view callback, std::exception_ptr const& thrown) noexcept {
    try {
        std::rethrow_exception(thrown);
    } catch (std::exception const& e) {
        host_->watcher->on_exception(facts(), callback, e.what());
    } catch (...) {
        host_->watcher->on_exception(facts(), callback, "not a std::exception");
    }
}

task<> session_loop::ask_rcpt(rcpt_arguments const& rcpt) {
    bool const is_relayed = !facts().user.empty() || host_->relays.allows(rcpt.path.domain());
    if (is_relayed)
        co_return co_await ask(host_->application.on_rcpt, "on_rcpt", session_.transaction().mail, rcpt);
    session_.answer({550, "5.7.1 This server takes no mail for that domain"});
}

task<> session_loop::ask_message(message_facts facts_of_it) {
    auto const& how = host_->application.on_message;
    if (spool_.failure()) {
        host_->watcher->on_spool_failure(facts(), spool_.failure());
        session_.answer(452);
        spool_.clear();
        co_return;
    }
    message const received(session_.transaction(), spool_, facts_of_it, host_->relays.first());
    message_answer otherwise = reply(554, "5.3.2 This server keeps no mail");
    auto answer = co_await consult(how, "on_message", std::move(otherwise), received);
    spool_.clear();
    if (!answer) co_return;
    bool const is_for_each = answer->is_for_each();
    auto all = std::move(*answer).take();
    if (is_for_each)
        session_.answer_each(std::move(all));
    else
        session_.answer(std::move(all.front()));
}

task<> session_loop::tell_abandoned(action::abandoned const& what) {
    spool_.clear();
    auto const& how = host_->application.on_abort;
    std::exception_ptr thrown;
    is_asking_ = true;
    try {
        if (how.waits())
            co_await how.begin(facts(), what.envelope, what.why);
        else if (how)
            how.call(facts(), what.envelope, what.why);
    } catch (...) {
        thrown = std::current_exception();
    }
    is_asking_ = false;
    if (thrown && !is_stopped_) note_exception("on_abort", thrown);
}

}  // namespace smtpserver::detail
