#include "submission/content.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>

namespace submission {
namespace {

namespace asio = boost::asio;

class text_source final : public content_source {
public:
    explicit text_source(std::string text) : text_(std::move(text)) {}

    asio::awaitable<result<std::size_t>> read_some(std::span<char> into) override {
        auto const count = text_.copy(into.data(), into.size(), at_);
        at_ += count;
        co_return count;
    }
    bool is_repeatable() const noexcept override { return true; }
    void rewind() override { at_ = 0; }

private:
    std::string text_;
    std::size_t at_ = 0;
};

class file_source final : public content_source {
public:
    explicit file_source(std::ifstream file) : file_(std::move(file)) {}

    asio::awaitable<result<std::size_t>> read_some(std::span<char> into) override {
        if (file_.eof()) co_return std::size_t{0};
        file_.read(into.data(), static_cast<std::streamsize>(into.size()));
        if (file_.bad()) co_return errc::content_failed;
        co_return static_cast<std::size_t>(file_.gcount());
    }
    bool is_repeatable() const noexcept override { return true; }
    void rewind() override {
        file_.clear();
        file_.seekg(0);
    }

private:
    std::ifstream file_;
};

class flowing_source final : public content_source {
public:
    explicit flowing_source(std::function<asio::awaitable<std::string>()> next) : next_(std::move(next)) {}

    asio::awaitable<result<std::size_t>> read_some(std::span<char> into) override {
        if (taken_ == piece_.size()) {
            piece_ = co_await next_();
            taken_ = 0;
        }
        auto const count = piece_.copy(into.data(), into.size(), taken_);
        taken_ += count;
        co_return count;
    }
    bool is_repeatable() const noexcept override { return false; }
    void rewind() override {}

private:
    std::function<asio::awaitable<std::string>()> next_;
    std::string piece_;
    std::size_t taken_ = 0;
};

}  // namespace

std::unique_ptr<content_source> text_content(std::string text) {
    return std::make_unique<text_source>(std::move(text));
}

result<std::unique_ptr<content_source>> file_content(std::filesystem::path const& file) {
    std::error_code failed;
    if (std::filesystem::is_directory(file, failed)) return errc::content_cannot_be_opened;
    std::ifstream opened(file, std::ios::binary);
    if (!opened) return errc::content_cannot_be_opened;
    return std::unique_ptr<content_source>(std::make_unique<file_source>(std::move(opened)));
}

std::unique_ptr<content_source> flowing_content(std::function<asio::awaitable<std::string>()> next) {
    return std::make_unique<flowing_source>(std::move(next));
}

}  // namespace submission
