using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using BenchmarkDotNet.Attributes;
using IoTStream.Connectors;

namespace IoTStream.Benchmarks.Micro;

/// <summary>What the JSON codec adds to the serializer under it.</summary>
[MemoryDiagnoser]
public partial class JsonCodecBenchmarks
{
    private static readonly ICodec<Reading> Codec = Json.Of(ReadingContext.Default.Reading);

    private readonly ArrayBufferWriter<byte> _output = new(256);
    private readonly Reading _reading = new("A9/km 512", 1_767_225_600_000, 87.5);
    private byte[] _payload = [];

    [GlobalSetup]
    public void Encode() => _payload = JsonSerializer.SerializeToUtf8Bytes(_reading, ReadingContext.Default.Reading);

    [Benchmark]
    public Reading Decode() => Codec.Decode(new ReadOnlySequence<byte>(_payload));

    [Benchmark]
    public Reading? DecodeBySerializer() => JsonSerializer.Deserialize(_payload, ReadingContext.Default.Reading);

    [Benchmark]
    public int EncodeByCodec()
    {
        _output.ResetWrittenCount();
        Codec.Encode(_reading, _output);
        return _output.WrittenCount;
    }

    [Benchmark]
    public int EncodeBySerializer() => JsonSerializer.SerializeToUtf8Bytes(_reading, ReadingContext.Default.Reading).Length;

    public sealed record Reading(string Sensor, long TimestampMs, double Value);

    [JsonSerializable(typeof(Reading))]
    internal sealed partial class ReadingContext : JsonSerializerContext;
}
