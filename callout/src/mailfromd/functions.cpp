#include "callout/mailfromd/functions.hpp"

#include <array>

#include "callout/mailfromd/line.hpp"
#include "callout/mailfromd/poll_progress.hpp"
#include "callout/verdict_word.hpp"
#include "mailfromd/line_connection.hpp"

namespace callout {

namespace asio = boost::asio;

namespace {

constexpr std::size_t read_size = 4 * 1024;

callout_error out_of_range(std::string text) {
    return callout_error(callout_fault::e_range, std::move(text));
}

bool is_null(std::string_view email) {
    return email.empty() || email == "<>";
}

/// Returns what the session says about all its questions; what one question says itself has precedence.
core::callout_parameters defaults_of(callout_session_options const& session) {
    core::callout_parameters all;
    all.ehlo = core::ehlo_from(session.ehlo_domain);
    all.mail_from = core::mail_from_from(session.mailfrom_address).value_or(std::vector<std::string>());
    all.starttls = session.starttls;
    return all;
}

}  // namespace

class callout_handle::state {
public:
    state(asio::any_io_executor const& executor, callout_session_options const& session, bool is_local)
        : machine(session), connection(executor), local(is_local) {}

    void keep(callout_answer const& answer) {
        for (auto const& row : core::poll_stages) {
            auto const& text = answer.last_poll.*row.variable;
            if (!text.empty()) last_poll.*row.variable = text;
        }
        cache_used = answer.cache_used;
    }

    core::callout_client machine;
    line_connection connection;
    bool local;
    bool open = true;
    poll last_poll;
    bool cache_used = false;
};

callout_handle::callout_handle(std::unique_ptr<state> of) : state_(std::move(of)) {}
callout_handle::callout_handle(callout_handle&&) noexcept = default;
callout_handle& callout_handle::operator=(callout_handle&&) noexcept = default;
callout_handle::~callout_handle() = default;

bool callout_handle::is_open() const noexcept {
    return state_ && state_->open;
}
poll const& callout_handle::last_poll() const noexcept {
    static poll const none;
    return state_ ? state_->last_poll : none;
}
std::string const& callout_handle::last_poll_host() const noexcept {
    return last_poll().host;
}
std::string const& callout_handle::last_poll_greeting() const noexcept {
    return last_poll().greeting;
}
std::string const& callout_handle::last_poll_helo() const noexcept {
    return last_poll().helo;
}
std::string const& callout_handle::last_poll_sent() const noexcept {
    return last_poll().sent;
}
std::string const& callout_handle::last_poll_recv() const noexcept {
    return last_poll().received;
}
bool callout_handle::cache_used() const noexcept {
    return state_ && state_->cache_used;
}

callout_functions::callout_functions(asio::any_io_executor executor, engine* local,
                                     callout_functions_options options)
    : executor_(std::move(executor)), local_(local), options_(std::move(options)) {}

callout_functions::~callout_functions() = default;

std::string const& callout_functions::default_callout_server_url() const noexcept {
    return options_.default_callout_server_url;
}

asio::awaitable<callout_result<callout_handle>> callout_functions::callout_open(std::string url,
                                                                                steady_time until) {
    auto const where = callout_url::parse(url);
    if (!where) co_return where.error();
    auto const& session = options_.session;
    for (auto const* value : {&session.sid, &session.ehlo_domain, &session.mailfrom_address}) {
        if (core::has_control_character(*value))
            co_return out_of_range("control character in a session variable");
    }
    if (!session.ehlo_domain.empty() && !core::ehlo_from(session.ehlo_domain))
        co_return out_of_range("ehlo_domain is not a host name");
    bool const is_local = where->how() == callout_url::kind::engine;
    if (is_local && local_ == nullptr)
        co_return callout_error(callout_fault::e_failure, "local: there is no engine in this process");
    callout_handle fd(std::make_unique<callout_handle::state>(executor_, session, is_local));
    if (is_local) co_return std::move(fd);
    auto const& to = *where;
    auto const connected = co_await fd.state_->connection.connect(to, until);
    if (!connected) co_return connected.error();
    fd.state_->machine.open();
    auto const greeted = co_await finish(fd, until);
    if (!greeted) co_return greeted.error();
    co_return std::move(fd);
}

/// Carries bytes until the machine has what it wants. After an error the connection is of no more use.
asio::awaitable<callout_result<void>> callout_functions::finish(callout_handle& fd, steady_time until) {
    auto& machine = fd.state_->machine;
    auto& connection = fd.state_->connection;
    std::array<char, read_size> bytes;
    std::span<char> const into(bytes);
    std::optional<callout_error> failed;
    while (machine.busy() && !failed) {
        auto const output = machine.take_output();
        if (!output.empty()) {
            auto const written = co_await connection.write(output, until);
            // A server that hangs up may have said why before it did.
            if (!written && written.error().what == callout_fault::e_timeout) failed = written.error();
        }
        if (failed) break;
        auto const got = co_await connection.read_some(into, until);
        if (got) {
            machine.feed(std::string_view(bytes.data(), *got));
        } else if (got.error().what == callout_fault::e_eof) {
            machine.end_of_input();
        } else {
            failed = got.error();
        }
    }
    if (machine.error()) failed = machine.error();
    if (!failed) co_return callout_result<void>();
    connection.close();
    fd.state_->open = false;
    co_return *failed;
}

asio::awaitable<callout_result<callout_answer>> callout_functions::callout_do(callout_handle& fd,
                                                                              std::string email,
                                                                              std::string rest,
                                                                              steady_time until) {
    if (!fd.is_open()) co_return callout_error(callout_fault::e_failure, "the handle is closed");
    if (is_null(email)) {
        callout_answer null;
        null.cache_used = fd.cache_used();
        null.last_poll.sent.clear();
        null.last_poll.received.clear();
        co_return null;
    }
    if (auto wrong = core::callout_client::objection(email, rest)) co_return *std::move(wrong);
    callout_result<callout_answer> answer = callout_answer();
    if (fd.state_->local) {
        answer = co_await ask_engine(email, rest, until);
    } else {
        answer = co_await ask_server(fd, email, rest, until);
    }
    if (answer) fd.state_->keep(*answer);
    co_return answer;
}

asio::awaitable<callout_result<callout_answer>> callout_functions::ask_server(callout_handle& fd,
                                                                              std::string email,
                                                                              std::string rest,
                                                                              steady_time until) {
    fd.state_->machine.ask(email, rest);
    auto const finished = co_await finish(fd, until);
    if (!finished) co_return finished.error();
    co_return fd.state_->machine.answer();
}

asio::awaitable<callout_result<callout_answer>> callout_functions::ask_engine(std::string email,
                                                                              std::string rest,
                                                                              steady_time until) {
    core::callout_question asked(0, email);
    asked.how = defaults_of(options_.session);
    auto const words = core::split_words(rest);
    // A server would answer NO, and its client would throw this.
    if (!words) co_return callout_error(callout_fault::e_callout_proto, "NO cannot parse line");
    if (auto const wrong = core::set_parameters(asked.how, *words))
        co_return callout_error(callout_fault::e_callout_proto, "NO " + *wrong);
    callout_answer answer;
    answer.last_poll.sent.clear();
    answer.last_poll.received.clear();
    auto const keep = [&answer](core::poll_stage stage, std::string_view text) {
        auto const row = std::ranges::find(core::poll_stages, stage, &core::poll_stage_row::stage);
        answer.last_poll.*row->variable = text;
    };
    poll_progress progress(keep);
    verification found;
    auto question = core::request_for(asked);
    if (question) {
        question->watcher = &progress;
        found = co_await local_->verify(*question, until);
    } else {
        found = verification_of(question.error());
    }
    progress.conclude(found);
    answer.word = foreign_words_of(word_of(found)).protocol;
    answer.status = *status_of_word(answer.word);
    answer.cache_used = found.cached != freshness::live;
    co_return answer;
}

asio::awaitable<callout_result<void>> callout_functions::callout_close(callout_handle& fd,
                                                                       steady_time until) {
    if (!fd.is_open()) co_return callout_error(callout_fault::e_failure, "the handle is closed already");
    fd.state_->open = false;
    if (fd.state_->local) co_return callout_result<void>();
    fd.state_->machine.quit();
    auto const finished = co_await finish(fd, until);
    fd.state_->connection.close();
    co_return finished;
}

asio::awaitable<callout_result<callout_answer>> callout_functions::callout(std::string email,
                                                                           steady_time until) {
    if (is_null(email)) co_return callout_answer();
    if (kept_ && !kept_->state_->local) {
        kept_->state_->machine.set();
        auto const set = co_await finish(*kept_, until);
        if (!set) kept_.reset();
        if (!set) co_return set.error();
    }
    if (!kept_) {
        auto opened = co_await callout_open(options_.default_callout_server_url, until);
        if (!opened) co_return opened.error();
        kept_ = std::make_unique<callout_handle>(*std::move(opened));
    }
    auto answer = co_await callout_do(*kept_, std::move(email), std::string(), until);
    if (!kept_->is_open()) kept_.reset();
    co_return answer;
}

}  // namespace callout
