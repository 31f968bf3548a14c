using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace IoTStream.Avro.Tests.Support;

/// <summary>Checks a property on many random cases: as many as IOTSTREAM_TEST_CASES says, else 1,000; IOTSTREAM_TEST_SEED gives others.</summary>
internal static class Property
{
    private static readonly int Cases = int.Parse(Environment.GetEnvironmentVariable("IOTSTREAM_TEST_CASES") ?? "1000", CultureInfo.InvariantCulture);
    private static readonly string Seed = Environment.GetEnvironmentVariable("IOTSTREAM_TEST_SEED") ?? "20260101";

    public static void Holds(Action<Random> property)
    {
        Config config = Config.QuickThrowOnFailure.WithMaxTest(Cases);
        if (Seed != "random")
        {
            config = config.WithReplay(ulong.Parse(Seed, CultureInfo.InvariantCulture), 0x9E3779B97F4A7C15UL);
        }

        Check.One(config, Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue)), seed => property(new Random(seed))));
    }
}
