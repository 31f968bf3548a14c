using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Operators;

namespace SmartCity.Traffic;

/// <summary>The traffic of a road in a window.</summary>
internal readonly record struct RoadTraffic(long Readings, long Vehicles, long Pedestrians, double MeanSpeed)
{
    /// <summary>How readings are condensed to it.</summary>
    public static Aggregation<Reading, RoadTraffic> OfReadings { get; } =
        Aggregates.FromMergeable<Reading, Totals, RoadTraffic, Aggregate>();

    internal struct Totals
    {
        public long Readings;
        public long Vehicles;
        public long Pedestrians;
        public double Speeds;
    }

    internal readonly struct Aggregate : IMergeableAggregate<Reading, Totals, RoadTraffic>
    {
        public Totals Create() => default;

        public void Add(ref Totals totals, Reading reading, RecordContext context)
        {
            totals.Readings++;
            totals.Vehicles += reading.Vehicles;
            totals.Pedestrians += reading.Pedestrians;
            totals.Speeds += reading.Speed;
        }

        public void Merge(ref Totals totals, in Totals other)
        {
            totals.Readings += other.Readings;
            totals.Vehicles += other.Vehicles;
            totals.Pedestrians += other.Pedestrians;
            totals.Speeds += other.Speeds;
        }

        public RoadTraffic GetResult(in Totals totals) =>
            new(totals.Readings, totals.Vehicles, totals.Pedestrians, totals.Speeds / totals.Readings);
    }
}
