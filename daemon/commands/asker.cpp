#include "commands/asker.hpp"

#include <boost/json.hpp>

#include "control/control.hpp"

namespace vouchd {

namespace {

class standalone_asker final : public asker {
public:
    standalone_asker(config const& values, engine_host& host) : values_(values), host_(host) {}
    boost::asio::awaitable<boost::json::object> ask(question what) override {
        return answer(std::move(what), values_, host_.engine(), host_.clock());
    }

private:
    config const& values_;
    engine_host& host_;
};

class daemon_asker final : public asker {
public:
    daemon_asker(boost::asio::any_io_executor const& executor, std::string path)
        : client_(executor), path_(std::move(path)) {}

    boost::asio::awaitable<boost::json::object> ask(question what) override {
        if (!connected_) {
            auto const failed = co_await client_.connect(path_);
            if (failed) throw unavailable(remedy(failed.message()));
            connected_ = true;
        }
        auto document = co_await client_.ask(std::move(what));
        if (document.has_error()) throw unavailable(remedy(document.error().message()));
        if (auto const* failure = document->if_contains("failure")) {
            throw unavailable("the daemon refused: " + boost::json::serialize(*failure));
        }
        co_return *std::move(document);
    }

private:
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
