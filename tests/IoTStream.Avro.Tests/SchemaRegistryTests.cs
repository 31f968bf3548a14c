using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IoTStream.Avro.Tests.Support;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Runtime;
using IoTStream.Testing;

namespace IoTStream.Avro.Tests;

[Parallelizable(ParallelScope.All)]
public class SchemaRegistryTests
{
    private static readonly AvroType<Reading> Readings = AvroTypes.Record<Reading>("plant.Reading")
        .Field("machine", AvroTypes.Int, r => r.Machine, (ref r, value) => r.Machine = value)
        .Field("celsius", AvroTypes.Double, r => r.Celsius, (ref r, value) => r.Celsius = value)
        .Build();

    private static readonly AvroType<NewReading> NewReadings = AvroTypes.Record<NewReading>("plant.Reading")
        .Field("machine", AvroTypes.Int, r => r.Machine, (ref r, value) => r.Machine = value)
        .OptionalField("vibration", AvroTypes.Array(AvroTypes.Float), r => r.Vibration, (ref r, value) => r.Vibration = value, [])
        .Field("celsius", AvroTypes.Double, r => r.Celsius, (ref r, value) => r.Celsius = value)
        .Build();

    private static readonly AvroType<string> Texts = AvroTypes.Record<ValueTuple<string>>("plant.Reading")
        .Field("machine", AvroTypes.String, r => r.Item1, (ref r, value) => r.Item1 = value)
        .Build().As(r => r.Item1, value => new ValueTuple<string>(value));

    [Test]
    public async Task Values_carry_the_number_of_their_schema()
    {
        using var server = new InMemorySchemaRegistry();
        using SchemaRegistry registry = Client(server);
        ICodec<Reading> codec = await registry.CodecAsync(Readings, SubjectName.Topic("readings"), register: true);
        byte[] bytes = codec.Encoded(new Reading { Machine = 4, Celsius = 21.5 });
        bytes[..6].Should().Equal(0, 0, 0, 0, 1, 8);
        codec.Decode(Bytes.InPieces(bytes, 2)).Should().Be(new Reading { Machine = 4, Celsius = 21.5 });
    }

    [Test]
    public async Task New_firmware_with_more_fields_runs_through_an_unchanged_pipeline_and_the_rest_goes_to_the_dead_letters()
    {
        using var folder = new TemporaryFolder();
        using var server = new InMemorySchemaRegistry();
        using SchemaRegistry devices = Client(server);
        string subject = SubjectName.Topic("readings");
        ICodec<Reading> old = await devices.CodecAsync(Readings, subject, register: true);
        ICodec<NewReading> firmware = await devices.CodecAsync(NewReadings, subject, register: true);
        byte[][] payloads =
        [
            old.Encoded(new Reading { Machine = 1, Celsius = 20 }),
            firmware.Encoded(new NewReading { Machine = 2, Celsius = 30, Vibration = [1, 2, 3] }),
            [0, 0, 0, 0, 99, 2, 2],
            [0, 0, 0, 0, 1, 2],
            [7, 1, 2, 3, 4, 5],
            [0, 0],
            old.Encoded(new Reading { Machine = 3, Celsius = 40 }),
        ];
        DurableQueue queue = DurableQueue.At(folder.File("queue"));
        var feeding = new TopologyBuilder("feeding");
        feeding.From("payloads", Source.From(payloads)).To("queue", queue.Write("readings", new Raw()));
        await RunAsync(feeding);

        using SchemaRegistry pipeline = Client(server);
        var read = new List<Reading>();
        var dead = new List<DeadLetter>();
        var builder = new TopologyBuilder("pipeline");
        builder.From("readings", queue.Read("readings", pipeline.Decoder(Readings), QueueStart.Earliest, QueueEnd.Latest)).To("read", Collected(read));
        builder.DeadLetters.To("dead", Collected(dead));
        await RunAsync(builder);

        read.Should().Equal(new Reading { Machine = 1, Celsius = 20 }, new Reading { Machine = 2, Celsius = 30 }, new Reading { Machine = 3, Celsius = 40 });
        dead.Select(letter => letter.Payload.ToArray()).Should().BeEquivalentTo(payloads[2..6], order => order.WithStrictOrdering());
        dead.Select(letter => letter.Reason.Message).Should().SatisfyRespectively(
            unknown => unknown.Should().Contain("has no schema 99"),
            cut => cut.Should().Contain("end within a value"),
            other => other.Should().Contain("begins with 7"),
            shorter => shorter.Should().Contain("2 bytes are less"));
    }

    [Test]
    public async Task An_incompatible_schema_is_refused_with_the_reason()
    {
        using var server = new InMemorySchemaRegistry();
        using SchemaRegistry registry = Client(server);
        await registry.RegisterAsync("readings-value", Readings.Schema);
        (await registry.CheckAsync("readings-value", Texts.Schema)).Should().ContainSingle().Which.Should().Contain("machine: it was written as int, which cannot be read as string").And.Contain("version 1");
    }

    [Test]
    public async Task What_a_subject_does_not_have_is_not_registered_by_itself()
    {
        using var server = new InMemorySchemaRegistry();
        using SchemaRegistry registry = Client(server);
        (await FluentActions.Awaiting(() => registry.CodecAsync(Readings, "readings-value")).Should().ThrowAsync<SchemaRegistryException>()).Which.ErrorCode.Should().Be(40401);
        await registry.RegisterAsync("readings-value", Readings.Schema);
        await registry.CodecAsync(Readings, "readings-value");
        (await FluentActions.Awaiting(() => registry.CodecAsync(Texts, "readings-value", register: true)).Should().ThrowAsync<SchemaRegistryException>())
            .Which.Status.Should().Be(HttpStatusCode.Conflict);
        RegisteredSchema latest = await registry.LatestAsync("readings-value");
        latest.Version.Should().Be(1);
        latest.Schema.CanonicalForm.Should().Be(Readings.Schema.CanonicalForm);
    }

    [TestCase(SchemaCompatibility.None, "abcd")]
    [TestCase(SchemaCompatibility.Backward, "acd")]
    [TestCase(SchemaCompatibility.BackwardTransitive, "ad")]
    [TestCase(SchemaCompatibility.Forward, "abc")]
    [TestCase(SchemaCompatibility.ForwardTransitive, "abc")]
    [TestCase(SchemaCompatibility.Full, "ac")]
    [TestCase(SchemaCompatibility.FullTransitive, "a")]
    public async Task Compatibility_is_asked_of_the_last_version_or_of_all(SchemaCompatibility level, string accepted)
    {
        // Versions: {x}, then {x, y = 0}. On top of these: a has y with a default still, b demands a field z besides, c demands y, d is without x.
        using var server = new InMemorySchemaRegistry();
        server.SetCompatibility("s", SchemaCompatibility.None);
        using SchemaRegistry registry = Client(server);
        await registry.RegisterAsync("s", OfFields("x", "int"));
        await registry.RegisterAsync("s", OfFields("x", "int", "y", "int=0"));
        server.SetCompatibility("s", level);
        (string Name, AvroSchema Schema)[] candidates =
        [
            ("a", OfFields("y", "int=0", "x", "int")),
            ("b", OfFields("x", "int", "y", "int=0", "z", "int")),
            ("c", OfFields("x", "int", "y", "int")),
            ("d", OfFields("y", "int=0")),
        ];
        string found = "";
        foreach ((string name, AvroSchema schema) in candidates)
        {
            found += (await registry.CheckAsync("s", schema)).Count == 0 ? name : "";
        }

        found.Should().Be(accepted);
    }

    [Test]
    public async Task Schemas_refer_to_others_of_the_registry()
    {
        using var server = new InMemorySchemaRegistry();
        using SchemaRegistry registry = Client(server);
        AvroSchema place = AvroSchema.Parse("""{"type":"record","name":"geo.Place","fields":[{"name":"lat","type":"double"}]}""");
        await registry.RegisterAsync("place", place);
        var visit = (AvroRecordSchema)AvroSchema.Parse("""{"type":"record","name":"geo.Visit","fields":[{"name":"at","type":"geo.Place"}]}""", [place]);
        ICodec<AvroRecord> codec = await registry.CodecAsync(AvroTypes.Generic(visit), "visit", register: true, [new SchemaReference("geo.Place", "place", 1)]);
        byte[] bytes = codec.Encoded(new AvroRecord(visit) { ["at"] = new AvroRecord((AvroRecordSchema)place) { ["lat"] = 47.5 } });
        using SchemaRegistry other = Client(server);
        ((AvroRecord)other.Decoder(AvroTypes.Generic(visit)).Decoded(bytes)["at"]!)["lat"].Should().Be(47.5);
        (await other.LatestAsync("visit")).Schema.CanonicalForm.Should().Be(visit.CanonicalForm);
    }

    [Test]
    public async Task Schemas_and_numbers_without_one_are_asked_for_once()
    {
        using var server = new InMemorySchemaRegistry();
        using SchemaRegistry devices = Client(server);
        ICodec<Reading> codec = await devices.CodecAsync(Readings, "readings-value", register: true);
        byte[] bytes = codec.Encoded(default);
        var clock = new VirtualClock();
        using SchemaRegistry registry = new(new SchemaRegistryOptions { Address = new Uri("http://registry.example"), Handler = server, TimeProvider = clock });
        IDecoder<Reading> decoder = registry.Decoder(Readings);
        int before = server.Requests;
        for (int i = 0; i < 10; i++)
        {
            decoder.Decoded(bytes);
            FluentActions.Invoking(() => decoder.Decoded([0, 0, 0, 0, 50])).Should().Throw<AvroException>();
        }

        (server.Requests - before).Should().Be(2);
        clock.Advance(TimeSpan.FromMinutes(2));
        FluentActions.Invoking(() => decoder.Decoded([0, 0, 0, 0, 50])).Should().Throw<AvroException>();
        (server.Requests - before).Should().Be(3);
    }

    [Test]
    public async Task Requests_are_repeated_so_often_and_not_more()
    {
        using var server = new InMemorySchemaRegistry();
        using SchemaRegistry registry = Client(server);
        ICodec<Reading> codec = await registry.CodecAsync(Readings, "readings-value", register: true);
        byte[] bytes = codec.Encoded(default);
        using SchemaRegistry patient = Client(server);
        server.Failures = 3;
        patient.Decoder(Readings).Decoded(bytes).Should().Be(default(Reading));
        server.Failures = 3;
        (await patient.LatestAsync("readings-value")).Version.Should().Be(1);
        using SchemaRegistry stranded = Client(server);
        server.Failures = 4;
        FluentActions.Invoking(() => stranded.Decoder(Readings).Decoded(bytes)).Should().Throw<SchemaRegistryException>().WithMessage("*503*");
        server.Failures.Should().Be(0);
    }

    [Test]
    public async Task Requests_go_over_TLS_with_a_user_and_a_password()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using X509Certificate2 certificate = Certificate();
        Task<string> served = ServeOnceAsync(listener, certificate);
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == certificate.GetCertHashString() },
        };
        using var registry = new SchemaRegistry(new SchemaRegistryOptions
        {
            Address = new Uri($"https://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/api"), User = "user", Password = "secret", Handler = handler, Retries = 0,
        });
        registry.Decoder(AvroTypes.Int).Decoded([0, 0, 0, 0, 9, 4]).Should().Be(2);
        string request = await served;
        request.Should().StartWith("GET /api/schemas/ids/9 ").And.Contain($"Basic {Convert.ToBase64String("user:secret"u8)}");
    }

    private static SchemaRegistry Client(InMemorySchemaRegistry server) =>
        new(new SchemaRegistryOptions { Address = new Uri("http://registry.example/"), Handler = server, RetryDelay = TimeSpan.FromMilliseconds(1) });

    private static AvroSchema OfFields(params string[] namesAndTypes)
    {
        IEnumerable<string> fields = namesAndTypes.Chunk(2).Select(pair =>
            $$"""{"name":"{{pair[0]}}","type":"{{pair[1].Split('=')[0]}}"{{(pair[1].Contains('=') ? $",\"default\":{pair[1].Split('=')[1]}" : "")}}}""");
        return AvroSchema.Parse($$"""{"type":"record","name":"R","fields":[{{string.Join(',', fields)}}]}""");
    }

    private static ISink<T> Collected<T>(List<T> into) => CallbackSink.Each<T>((value, _) =>
    {
        into.Add(value);
        return default;
    });

    private static async Task RunAsync(TopologyBuilder builder)
    {
        await using Job job = await builder.Build().StartAsync();
        await job.Completion.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create();
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using X509Certificate2 created = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        return X509CertificateLoader.LoadPkcs12(created.Export(X509ContentType.Pkcs12), password: null);
    }

    private static async Task<string> ServeOnceAsync(TcpListener listener, X509Certificate2 certificate)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync();
        await using var stream = new SslStream(client.GetStream());
        await stream.AuthenticateAsServerAsync(certificate);
        var request = new StringBuilder();
        var buffer = new byte[4096];
        while (!request.ToString().Contains("\r\n\r\n"))
        {
            request.Append(Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer)));
        }

        await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 20\r\nConnection: close\r\n\r\n{\"schema\":\"\\\"int\\\"\"}"u8.ToArray());
        return request.ToString();
    }

    private struct Reading : IEquatable<Reading>
    {
        public int Machine;
        public double Celsius;

        public readonly bool Equals(Reading other) => Machine == other.Machine && Celsius.Equals(other.Celsius);

        public override readonly bool Equals(object? obj) => obj is Reading other && Equals(other);

        public override readonly int GetHashCode() => HashCode.Combine(Machine, Celsius);
    }

    private struct NewReading
    {
        public int Machine;
        public double Celsius;
        public float[] Vibration;
    }

    private sealed class Raw : IEncoder<byte[]>
    {
        public void Encode(byte[] value, IBufferWriter<byte> output) => output.Write(value);
    }
}
