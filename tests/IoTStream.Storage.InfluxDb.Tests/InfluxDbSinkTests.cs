using System.Diagnostics.Metrics;
using System.Net;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Runtime;

namespace IoTStream.Storage.InfluxDb.Tests;

/// <summary>What is sent, and what becomes of answers.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class InfluxDbSinkTests
{
    private static readonly InfluxDbTarget Local = InfluxDbTarget.Database(new Uri("http://localhost:8086"), "factory");

    private static readonly PointMapping<int> Numbers = new PointMapping<int>("numbers").Field("number", number => number).At(number => DateTimeOffset.UnixEpoch.AddTicks(number));

    [Test]
    public async Task A_record_is_a_line()
    {
        PointMapping<int> mapping = new PointMapping<int>(_ => "my, m=1")
            .Tag("b =,", _ => "x =,\\y")
            .Tag("a", _ => "ü€😀")
            .Tag("none", _ => null)
            .Tag("empty", _ => "")
            .Field("whole", _ => long.MinValue)
            .Field("real", _ => -1.5e-300)
            .Field("flag", _ => true)
            .Field("te xt", _ => "a \"quoted\" \\ \n, b=c")
            .Field("nothing", _ => (double?)null)
            .Field("no number", _ => double.NaN)
            .Field("infinite", _ => double.PositiveInfinity)
            .At(_ => DateTimeOffset.UnixEpoch.AddTicks(-3));

        (await SentAsync(mapping, [1])).Should().Be(
            "my\\,\\ m=1,a=ü€😀,b\\ \\=\\,=x\\ \\=\\,\\y whole=-9223372036854775808i,real=-1.5E-300,flag=t,te\\ xt=\"a \\\"quoted\\\" \\\\ \n, b=c\" -300\n");
    }

    [Test]
    public async Task The_timestamp_of_a_record_is_that_of_the_point_unless_the_mapping_says_another()
    {
        var requests = new Requests();
        var builder = new TopologyBuilder("t");
        builder.From("source", [1, 2])
            .WithEventTime(number => DateTimeOffset.UnixEpoch.AddTicks(number), Time.Watermarks.Monotonous())
            .To("points", InfluxDbSink.To(Local, new PointMapping<int>("m").Field("f", number => number), Options(requests)));

        await builder.Build().RunAsync();

        string.Concat(requests.All.Select(request => request.Lines)).Should().Be("m f=1i 100\nm f=2i 200\n");
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Requests_have_no_more_points_than_a_batch(bool compress)
    {
        var requests = new Requests();

        await RunAsync(Numbers, [.. Enumerable.Range(1, 25)], Options(requests) with { BatchSize = 10, Compress = compress });

        requests.All.Should().OnlyContain(request => request.Lines.Count(character => character == '\n') <= 10);
        string.Concat(requests.All.Select(request => request.Lines)).Should().Be(string.Concat(Enumerable.Range(1, 25).Select(number => $"numbers number={number}i {number}00\n")));
    }

    [Test]
    public async Task The_address_and_the_authorization_are_those_of_the_interface()
    {
        InfluxDbTarget[] targets =
        [
            InfluxDbTarget.Database(new Uri("http://host:8086/influx/"), "my db", "a&b", "me", "secret"),
            InfluxDbTarget.Bucket(new Uri("https://host"), "my bucket", "token", "my org"),
            InfluxDbTarget.Bucket(new Uri("https://host:1234"), "b", token: null),
        ];
        List<string> sent = [];
        foreach (InfluxDbTarget target in targets)
        {
            var requests = new Requests();
            await RunAsync(Numbers, [1], Options(requests), target);
            sent.Add(requests.All.Select(request => $"{request.Address.AbsoluteUri} {request.Authorization}").Single());
        }

        sent.Should().Equal(
            "http://host:8086/influx/write?db=my%20db&precision=ns&rp=a%26b Basic bWU6c2VjcmV0",
            "https://host/api/v2/write?bucket=my%20bucket&precision=ns&org=my%20org Token token",
            "https://host:1234/api/v2/write?bucket=b&precision=ns ");
    }

    [Test]
    public async Task What_can_be_tried_again_is_tried_again_as_it_was()
    {
        var requests = new Requests(Requests.Answer(503), Requests.Fail(), Requests.Answer(429, retryAfter: 0), Requests.Answer(500));

        await RunAsync(Numbers, [7], Options(requests));

        requests.All.Select(request => request.Lines).Should().Equal(Enumerable.Repeat("numbers number=7i 700\n", 5));
    }

    [Test]
    public async Task A_server_that_stays_away_fails_the_job()
    {
        var requests = new Requests([.. Enumerable.Repeat(Requests.Fail(), 100)]);

        Func<Task> run = () => RunAsync(Numbers, [7], Options(requests) with { GiveUpAfter = TimeSpan.FromMilliseconds(150) });

        (await run.Should().ThrowAsync<JobFailedException>()).Which.InnerException.Should().BeOfType<InfluxDbException>().Which.Message.Should().Contain("could not be reached");
        requests.All.Should().HaveCountGreaterThan(1);
    }

    [Test]
    public async Task What_the_server_will_never_take_fails_the_job()
    {
        var requests = new Requests(Requests.Answer(400, "{\"error\":\"partial write: field type conflict dropped=1\"}"));

        Func<Task> run = () => RunAsync(Numbers, [7], Options(requests));

        InfluxDbException failure = (await run.Should().ThrowAsync<JobFailedException>()).Which.InnerException.Should().BeOfType<InfluxDbException>().Subject;
        (failure.Status, requests.All.Count).Should().Be((HttpStatusCode.BadRequest, 1));
        failure.Message.Should().Contain("field type conflict");
    }

    [TestCase("{\"error\":\"partial write: field type conflict: input field \\\"f\\\" dropped=2\"}", 2)]
    [TestCase("{\"error\":\"unable to parse 'dropped=2'\"}", 3)]
    [TestCase("", 3)]
    public async Task What_the_server_will_never_take_is_counted_where_it_is_skipped(string answer, int rejected)
    {
        var requests = new Requests(Requests.Answer(400, answer));
        string step = $"points {Guid.NewGuid()}";
        using Counted counted = new(step);

        await RunAsync(Numbers, [1, 2, 3], Options(requests) with { Rejected = RejectedPoints.Skip }, step: step);

        counted.Rejected.Should().Be(rejected);
    }

    [TestCase(401)]
    [TestCase(404)]
    public async Task A_wrong_address_or_password_fails_the_job_whatever_happens_to_points(int status)
    {
        var requests = new Requests(Requests.Answer(status, "no"));

        Func<Task> run = () => RunAsync(Numbers, [7], Options(requests) with { Rejected = RejectedPoints.Skip });

        await run.Should().ThrowAsync<JobFailedException>().WithMessage($"*{status}: no*");
    }

    [Test]
    public async Task Points_that_cannot_be_written_are_counted_or_fail_the_job()
    {
        string?[] machines = ["a", "a\nb", "a\\", null, "d"];
        PointMapping<string?> mapping = new PointMapping<string?>(machine => machine ?? "").Field("f", _ => 1L).At(_ => DateTimeOffset.UnixEpoch);
        var requests = new Requests();
        string step = $"points {Guid.NewGuid()}";
        using Counted counted = new(step);

        await RunAsync(mapping, machines, Options(requests) with { Rejected = RejectedPoints.Skip }, step: step);
        Func<Task> run = () => RunAsync(mapping, machines, Options(new Requests()));

        counted.Rejected.Should().Be(3);
        string.Concat(requests.All.Select(request => request.Lines)).Should().Be("a f=1i 0\nd f=1i 0\n");
        await run.Should().ThrowAsync<JobFailedException>().WithMessage("*line break*");
    }

    [Test]
    public async Task A_timestamp_that_InfluxDB_does_not_know_is_refused()
    {
        Func<Task> run = () => RunAsync(Numbers.At(_ => DateTimeOffset.MaxValue), [1], Options(new Requests()));

        await run.Should().ThrowAsync<JobFailedException>().WithMessage("*9999*1677 to 2262*");
    }

    [Test]
    public void Mappings_that_cannot_be_are_refused()
    {
        ((Action)(() => InfluxDbSink.To(Local, new PointMapping<int>("m").Tag("t", _ => "")))).Should().Throw<ArgumentException>().WithMessage("*at least one field*");
        ((Action)(() => new PointMapping<int>("m").Tag("a", _ => "").Field("a", _ => 1L))).Should().Throw<ArgumentException>().WithMessage("*'a' already*");
        ((Action)(() => _ = new PointMapping<int>("m\\"))).Should().Throw<ArgumentException>().WithMessage("*backslash*");
        ((Action)(() => InfluxDbTarget.Database(new Uri("localhost:8086"), "db"))).Should().Throw<ArgumentException>().WithMessage("*like http://localhost:8086*");
        ((Action)(() => _ = new InfluxDbSinkOptions { BatchSize = 0 })).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*at least 1*");
    }

    private static InfluxDbSinkOptions Options(Requests requests) => new() { Handler = () => requests };

    private static async Task<string> SentAsync<T>(PointMapping<T> mapping, T[] records)
    {
        var requests = new Requests();
        await RunAsync(mapping, records, Options(requests));
        return string.Concat(requests.All.Select(request => request.Lines));
    }

    private static async Task RunAsync<T>(PointMapping<T> mapping, T[] records, InfluxDbSinkOptions options, InfluxDbTarget? target = null, string step = "points")
    {
        var builder = new TopologyBuilder("t");
        builder.From("source", records).To(step, InfluxDbSink.To(target ?? Local, mapping, options));
        await builder.Build().RunAsync(new JobOptions { Lanes = 1 });
    }

    /// <summary>Listens to what a step counts.</summary>
    private sealed class Counted : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _rejected;

        public Counted(string step)
        {
            _listener.InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name == "iotstream.influxdb.rejected")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
            {
                if (tags.Contains(new KeyValuePair<string, object?>("step", step)))
                {
                    Interlocked.Add(ref _rejected, count);
                }
            });
            _listener.Start();
        }

        public long Rejected => Interlocked.Read(ref _rejected);

        public void Dispose() => _listener.Dispose();
    }
}
