// says: milterproto: extras is declared as: static constexpr extra extras
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
#ifdef WITH_FAULT
    static constexpr int extras = 1;
#else
    static constexpr extra extras = extra::leading_space;
#endif
    void on_close(connection&) {}
};

auto made = make_filter(author());
