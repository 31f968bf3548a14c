using IoTStream.Connectors;

namespace IoTStream.Amqp.Tests;

/// <summary>What is refused before anything connects.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class AmqpOptionsTests
{
    [TestCase("rabbit", "amqp://rabbit/")]
    [TestCase("rabbit:5673, other", "amqp://rabbit:5673, other/")]
    [TestCase("::1", "amqp://::1/")]
    [TestCase("[::1]:5673", "amqp://[::1]:5673/")]
    public void A_server_is_told_by_its_hosts(string hosts, string text) => new AmqpServer(hosts).ToString().Should().Be(text);

    [TestCase("")]
    [TestCase("rabbit,")]
    [TestCase("rabbit:")]
    [TestCase("rabbit:0")]
    [TestCase("rabbit:65536")]
    [TestCase("rabbit:amqp")]
    [TestCase(":5672")]
    public void What_is_no_host_and_port_is_refused(string hosts) => FluentActions.Invoking(() => new AmqpServer(hosts)).Should().Throw<ArgumentException>();

    [Test]
    public void The_text_of_a_server_tells_no_secret() =>
        new AmqpServer("rabbit") { UserName = "plant", Password = "s3cret", VirtualHost = "a/b", Tls = new AmqpTls() }.ToString().Should().Be("amqps://rabbit/a%2Fb");

    [Test]
    public void An_option_that_is_not_valid_is_named_with_what_to_do()
    {
        var server = new AmqpServer("rabbit");
        ShouldName("Prefetch", () => Source(server, new AmqpSourceOptions { Prefetch = 0 }));
        ShouldName("Prefetch", () => Source(server, new AmqpSourceOptions { Prefetch = 65_536 }));
        ShouldName("DeduplicationWindow", () => Source(server, new AmqpSourceOptions { Prefetch = 100, DeduplicationWindow = 999 }));
        ShouldName("Queue.Kind", () => Source(server, new AmqpSourceOptions { Queue = new AmqpQueue { Kind = AmqpQueueKind.Quorum, Durable = false } }));
        ShouldName("Queue.DeadLetterRoutingKey", () => Source(server, new AmqpSourceOptions { Queue = new AmqpQueue { DeadLetterRoutingKey = "dead" } }));
        ShouldName("Binding.Exchange", () => Source(server, new AmqpSourceOptions { Queue = new AmqpQueue { Bindings = [new AmqpBinding("", "key")] } }));
        ShouldName("AuthenticatesByCertificate", () => Source(server with { AuthenticatesByCertificate = true }, new AmqpSourceOptions()));
        ShouldName("Heartbeat", () => Source(server with { Heartbeat = TimeSpan.FromMilliseconds(1) }, new AmqpSourceOptions()));
        ShouldName("Reconnect.LongestDelay", () => Source(server with { Reconnect = new AmqpReconnect { LongestDelay = TimeSpan.Zero } }, new AmqpSourceOptions()));
        ShouldName("MaximumInFlight", () => Sink(server, new AmqpSinkOptions { MaximumInFlight = 0 }));
        ShouldName("Expiry", () => Sink(server, new AmqpSinkOptions { Expiry = TimeSpan.Zero }));
        ShouldName("ContentType", () => Sink(server, new AmqpSinkOptions { ContentType = new string('t', 256) }));
        ShouldName("queue", () => AmqpSource.Consume(new string('q', 256), server, Text.Codec));
    }

    private static ISource<string> Source(AmqpServer server, AmqpSourceOptions options) => AmqpSource.Consume("queue", server, Text.Codec, options);

    private static ISink<string> Sink(AmqpServer server, AmqpSinkOptions options) => AmqpSink.To<string>("", server, Text.Codec, static message => message, options);

    private static void ShouldName(string option, Func<object> make) => make.Should().Throw<ArgumentException>().WithMessage($"*{option}*");
}
