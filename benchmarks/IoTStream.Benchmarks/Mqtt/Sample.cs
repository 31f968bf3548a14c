using System.Text.Json.Serialization;

namespace IoTStream.Benchmarks.Mqtt;

/// <summary>What the payloads hold. It takes 48 bytes.</summary>
internal sealed class Sample
{
    public int Sensor { get; set; }

    public long Number { get; set; }

    public double Speed { get; set; }

    public int Vehicles { get; set; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Sample))]
internal sealed partial class SampleJson : JsonSerializerContext;
