using System.Diagnostics.Metrics;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Runtime;

public class MeterFactoryTests
{
    [Test]
    public async Task A_job_that_is_gone_reports_nothing_although_its_factory_keeps_the_meter()
    {
        using var factory = new KeepingFactory();
        var builder = new TopologyBuilder("metered");
        builder.From("in", new[] { 1, 2, 3 }).ForEach("out", _ => { });
        Topology topology = builder.Build();
        await topology.RunAsync(new JobOptions { MeterFactory = factory });
        await topology.RunAsync(new JobOptions { MeterFactory = factory });

        int measurements = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter == factory.Meter)
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => measurements++);
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => measurements++);
        listener.Start();
        listener.RecordObservableInstruments();

        measurements.Should().Be(0);
    }

    [Test]
    public async Task The_numbers_of_a_disposed_job_can_still_be_read()
    {
        var builder = new TopologyBuilder("counted");
        builder.From("in", new[] { 1, 2, 3 }).ForEach("out", _ => { });
        Job job = await builder.Build().StartAsync();
        await job.Completion;
        await job.DisposeAsync();

        job.GetMetrics().Of("out").RecordsIn.Should().Be(3);
    }

    /// <summary>Caches its meter and outlives jobs, as the factory of a host does; disposing the meter is left to it.</summary>
    private sealed class KeepingFactory : IMeterFactory
    {
        public Meter Meter { get; } = new UndisposedMeter();

        public Meter Create(MeterOptions options) => Meter;

        public void Dispose()
        {
        }
    }

    private sealed class UndisposedMeter() : Meter("IoTStream.Kept")
    {
#pragma warning disable CA2215 // Not to be disposed is the point.
        protected override void Dispose(bool disposing)
        {
        }
#pragma warning restore CA2215
    }
}
