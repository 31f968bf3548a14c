using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using BenchmarkDotNet.Attributes;
using IoTStream.Avro;
using IoTStream.Connectors;

namespace IoTStream.Benchmarks.Micro;

/// <summary>A record in Avro beside the same in JSON by source-generated metadata.</summary>
[MemoryDiagnoser]
public partial class AvroCodecBenchmarks
{
    private static readonly ICodec<Reading> Avro = AvroCodec.Of(AvroTypes.Record<Reading>("plant.Reading")
        .Field("machine", AvroTypes.Int, r => r.Machine, (ref r, value) => r.Machine = value)
        .Field("at", AvroTypes.Long, r => r.At, (ref r, value) => r.At = value)
        .Field("celsius", AvroTypes.Double, r => r.Celsius, (ref r, value) => r.Celsius = value)
        .Field("bar", AvroTypes.Float, r => r.Bar, (ref r, value) => r.Bar = value)
        .Field("valid", AvroTypes.Boolean, r => r.IsValid, (ref r, value) => r.IsValid = value)
        .Build());

    private static readonly ICodec<Reading> JsonCodec = Json.Of(AvroReadingContext.Default.Reading);

    private readonly ArrayBufferWriter<byte> _output = new(256);
    private readonly Reading _reading = new() { Machine = 512, At = 1_767_225_600_000, Celsius = 87.53, Bar = 2.5f, IsValid = true };
    private ReadOnlySequence<byte> _avro;
    private ReadOnlySequence<byte> _json;

    [GlobalSetup]
    public void Encode()
    {
        Avro.Encode(_reading, _output);
        _avro = new ReadOnlySequence<byte>(_output.WrittenSpan.ToArray());
        _output.ResetWrittenCount();
        JsonCodec.Encode(_reading, _output);
        _json = new ReadOnlySequence<byte>(_output.WrittenSpan.ToArray());
    }

    [Benchmark]
    public Reading DecodeAvro() => Avro.Decode(_avro);

    [Benchmark]
    public Reading DecodeJson() => JsonCodec.Decode(_json);

    [Benchmark]
    public int EncodeAvro()
    {
        _output.ResetWrittenCount();
        Avro.Encode(_reading, _output);
        return _output.WrittenCount;
    }

    [Benchmark]
    public int EncodeJson()
    {
        _output.ResetWrittenCount();
        JsonCodec.Encode(_reading, _output);
        return _output.WrittenCount;
    }

    public struct Reading
    {
        public int Machine { get; set; }

        public long At { get; set; }

        public double Celsius { get; set; }

        public float Bar { get; set; }

        public bool IsValid { get; set; }
    }

    [JsonSerializable(typeof(Reading))]
    internal sealed partial class AvroReadingContext : JsonSerializerContext;
}
