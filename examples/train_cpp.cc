// train_cpp.cc — gan.c from C++17: what is opened is closed by its owner, a failure is an
// exception.
//      train_cpp [FILE.png]
#include <cstdint>
#include <exception>
#include <iostream>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "gan/gan.h"

namespace
{
template <auto close> struct closes {
    template <typename T> void operator()(T *owned) const
    {
        close(owned);
    }
};
using net_owner = std::unique_ptr<gan_net, closes<gan_net_destroy>>;
using data_owner = std::unique_ptr<gan_data, closes<gan_data_close>>;
using session_owner = std::unique_ptr<gan_session, closes<gan_session_destroy>>;

struct options_owner : gan_options {
    options_owner() : gan_options{}
    {
    }
    ~options_owner()
    {
        gan_options_free(this);
    }
    options_owner(const options_owner &) = delete;
    options_owner &operator=(const options_owner &) = delete;
};

// call(f, arguments...): f, with a place for the sentence of its failure.
template <typename F, typename... A> void call(F f, A... arguments)
{
    gan_error err = {};
    if (f(arguments..., &err) != GAN_OK) {
        throw std::runtime_error(err.text);
    }
}

template <typename Owner, typename F, typename... A> Owner opened(F f, A... arguments)
{
    typename Owner::pointer raw = nullptr;
    call(f, arguments..., &raw);
    return Owner(raw);
}

void train(const char *picture)
{
    const auto net = opened<net_owner>(gan_net_load, "tiny");
    gan_data_options few = {};
    few.limit = 1024;
    const auto data = opened<data_owner>(gan_data_open, "digits", &few);
    options_owner options;
    call(gan_options_init, static_cast<gan_options *>(&options));
    const gan_listener *nobody = nullptr;
    const auto session = opened<session_owner>(gan_session_create, net.get(), data.get(),
                                               static_cast<gan_options *>(&options), nobody);
    call(gan_session_run, session.get(), std::int64_t{30});
    call(gan_session_check, session.get());

    const gan_net_summary shape = gan_net_summarize(net.get());
    std::vector<std::uint64_t> seeds(16);
    std::iota(seeds.begin(), seeds.end(), 0);
    const auto n = static_cast<std::int64_t>(seeds.size());
    std::vector<float> images(
        static_cast<std::size_t>(n * shape.height * shape.width * shape.channels));
    call(gan_session_sample, session.get(), seeds.data(), n, false, images.data());
    const gan_image_batch batch = {images.data(), n, shape.height, shape.width, shape.channels};
    const gan_image_grid *square = nullptr;
    const gan_image_text *none = nullptr;
    call(gan_image_write_png, picture, &batch, square, none, std::size_t{0});
    std::cout << "trained " << gan_session_step(session.get()) << " steps\n";
}
} // namespace

int main(int argc, char **argv)
{
    try {
        train(argc > 1 ? argv[1] : "digits.png");
        return 0;
    } catch (const std::exception &failure) {
        std::cerr << "train_cpp: " << failure.what() << '\n';
        return 1;
    }
}
