#include "commands/query_client.hpp"

#include <boost/json.hpp>

#include "control/control.hpp"
#include "explain/json.hpp"
#include "log/logfmt.hpp"

namespace vouchd {

namespace {

class standalone_client final : public query_client {
public:
    standalone_client(judge by, callout::clock& clock) : judge_(std::move(by)), clock_(clock) {}
    boost::asio::awaitable<explanation> ask(query what) override {
        return answer(std::move(what), judge_, clock_);
    }
    boost::asio::awaitable<std::vector<logged_decision>> decisions_on(std::string) override {
        throw unavailable("only the running daemon knows its decisions (ask without --standalone)");
    }
    boost::asio::awaitable<std::size_t> forget(std::string) override {
        throw unavailable("only the running daemon has a cache (ask without --standalone)");
    }
    boost::asio::awaitable<daemon_status> status() override {
        throw unavailable("only the running daemon has a status (ask without --standalone)");
    }

private:
    judge judge_;
    callout::clock& clock_;
};

class daemon_client final : public query_client {
public:
    daemon_client(boost::asio::any_io_executor const& executor, std::string path)
        : client_(executor), path_(std::move(path)) {}

    boost::asio::awaitable<explanation> ask(query what) override {
        auto const document = co_await put(to_json(what));
        co_return understood(explanation_from(document));
    }

    boost::asio::awaitable<std::vector<logged_decision>> decisions_on(std::string message) override {
        auto const document = co_await put(query_about_message(message));
        co_return understood(logged_from(document));
    }

    boost::asio::awaitable<std::size_t> forget(std::string what) override {
        auto const document = co_await put(command_to_forget(what));
        auto const count = forgotten_in(document);
        if (!count)
            throw unavailable("the daemon at " + path_ + " cannot do that (restart it after an upgrade)");
        co_return *count;
    }

    boost::asio::awaitable<daemon_status> status() override {
        auto const document = co_await put(query_about_status());
        co_return understood(status_from(document));
    }

private:
    boost::asio::awaitable<boost::json::value> put(boost::json::object query) {
        if (!connected_) {
            auto const failed = co_await client_.connect(path_);
            if (failed) throw unavailable(remedy(failed.message()));
            connected_ = true;
        }
        auto document = co_await client_.ask(std::move(query));
        if (document.has_error()) throw unavailable(remedy(document.error().message()));
        if (auto const failure = failure_in(*document))
            throw unavailable("the daemon refused: " + escaped(*failure));
        co_return *std::move(document);
    }

    template <class Answer>
    Answer understood(callout::result<Answer> read) const {
        if (read.has_error())
            throw unavailable("the daemon at " + path_ +
                              " answers in a form that this command does not know: " +
                              read.error().message() + " (restart the daemon if vouchd was upgraded)");
        return *std::move(read);
    }

    std::string remedy(std::string const& why) const {
        return "no daemon at " + path_ + ": " + why + " (start `vouchd serve`, or ask with --standalone)";
    }

    control_client client_;
    std::string path_;
    bool connected_ = false;
};

}  // namespace

query_clients::query_clients(boost::asio::any_io_executor executor, config const& values, answered_by whom)
    : executor_(std::move(executor)), values_(values) {
    if (whom == answered_by::standalone) {
        host_ = std::make_unique<engine_host>(executor_, values, memory::passing, callout::store_news());
        auto policy = default_policy(std::make_shared<config const>(values), host_->engine());
        judge_.emplace(std::make_shared<vouchd::policy const>(std::move(policy)));
    } else if (!values.control.listen) {
        throw unavailable("no control socket is configured (set control.listen, or ask with --standalone)");
    }
}

query_clients::~query_clients() = default;

std::unique_ptr<query_client> query_clients::make() {
    if (host_) return std::make_unique<standalone_client>(*judge_, host_->clock());
    return std::make_unique<daemon_client>(executor_, values_.control.listen->path());
}

void query_clients::wind_down(boost::asio::io_context& loop) {
    if (host_) host_->wind_down(loop);
}

}  // namespace vouchd
