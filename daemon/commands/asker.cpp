#include "commands/asker.hpp"

#include <boost/json.hpp>

#include "control/control.hpp"
#include "explain/json.hpp"
#include "log/logfmt.hpp"

namespace vouchd {

namespace {

class standalone_asker final : public asker {
public:
    standalone_asker(config const& values, engine_host& host) : values_(values), host_(host) {}
    boost::asio::awaitable<explanation> ask(question what) override {
        return answer(std::move(what), values_, host_.engine(), host_.clock());
    }
    boost::asio::awaitable<std::vector<logged_decision>> decisions_on(std::string) override {
        throw unavailable("only the running daemon knows its decisions (ask without --standalone)");
    }

private:
    config const& values_;
    engine_host& host_;
};

class daemon_asker final : public asker {
public:
    daemon_asker(boost::asio::any_io_executor const& executor, std::string path)
        : client_(executor), path_(std::move(path)) {}

    boost::asio::awaitable<explanation> ask(question what) override {
        auto const document = co_await put(to_json(what));
        co_return understood(explanation_from(document));
    }

    boost::asio::awaitable<std::vector<logged_decision>> decisions_on(std::string message) override {
        auto const document = co_await put(question_about_message(message));
        co_return understood(logged_from(document));
    }

private:
    boost::asio::awaitable<boost::json::value> put(boost::json::object question) {
        if (!connected_) {
            auto const failed = co_await client_.connect(path_);
            if (failed) throw unavailable(remedy(failed.message()));
            connected_ = true;
        }
        auto document = co_await client_.ask(std::move(question));
        if (document.has_error()) throw unavailable(remedy(document.error().message()));
        if (auto const failure = failure_in(*document))
            throw unavailable("the daemon refused: " + escaped(*failure));
        co_return *std::move(document);
    }

    template <class Answer>
    Answer understood(callout::result<Answer> read) const {
        if (read.has_error())
            throw unavailable("the daemon at " + path_ + " answers in another form: " +
                              read.error().message() + " (restart it, if vouchd was upgraded)");
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

asker_source::asker_source(boost::asio::any_io_executor executor, config const& values, asked whom)
    : executor_(std::move(executor)), values_(values) {
    if (whom == asked::standalone) {
        host_ = std::make_unique<engine_host>(executor_, values, memory::passing, callout::store_news());
    } else if (!values.control.listen) {
        throw unavailable("no control socket is configured (set control.listen, or ask with --standalone)");
    }
}

asker_source::~asker_source() = default;

std::unique_ptr<asker> asker_source::make() {
    if (host_) return std::make_unique<standalone_asker>(values_, *host_);
    return std::make_unique<daemon_asker>(executor_, values_.control.listen->path());
}

void asker_source::wind_down(boost::asio::io_context& loop) {
    if (host_) host_->wind_down(loop);
}

}  // namespace vouchd
