using System.Reactive;
using System.Reactive.Linq;
using System.Reactive.Subjects;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Runtime;

namespace IoTStream.Reactive.Tests;

[Parallelizable(ParallelScope.All)]
public class ObserverSinkTests
{
    [Test]
    public async Task An_observer_gets_the_records_in_order_and_the_end()
    {
        using var observer = new Subject<int>();
        List<Notification<int>> told = ToldTo(observer);

        await RunAsync(observer, value => value);

        told.Select(message => $"{message}").Should().Equal("OnNext(1)", "OnNext(2)", "OnNext(3)", "OnCompleted()");
    }

    [Test]
    public async Task An_observer_is_told_when_the_job_fails()
    {
        using var observer = new Subject<int>();
        List<Notification<int>> told = ToldTo(observer);

        Func<Task> run = () => RunAsync(observer, value => value == 3 ? throw new FormatException() : value);

        await run.Should().ThrowAsync<JobFailedException>();
        told[^1].Exception.Should().BeOfType<IncompleteStreamException>().Which.Step.Should().Be("out");
        told.Count(message => message.Kind != NotificationKind.OnNext).Should().Be(1);
    }

    [Test]
    public async Task An_observer_that_outlives_the_job_is_told_nothing()
    {
        using var observer = new Subject<int>();
        List<Notification<int>> told = ToldTo(observer);

        await RunAsync(observer, value => value, complete: false);
        await RunAsync(observer, value => value, complete: false);

        told.Select(message => message.Value).Should().Equal(1, 2, 3, 1, 2, 3);
    }

    [Test]
    public async Task What_an_observer_throws_fails_the_job()
    {
        IObserver<int> observer = Observer.Create<int>(_ => throw new FormatException("broken"), _ => { });

        Func<Task> run = () => RunAsync(observer, value => value);

        JobFailedException failure = (await run.Should().ThrowAsync<JobFailedException>()).Which;
        (failure.Step, failure.InnerException!.Message).Should().Be(("out", "broken"));
    }

    private static List<Notification<int>> ToldTo(IObservable<int> observer)
    {
        var told = new List<Notification<int>>();
        observer.Materialize().Subscribe(told.Add);
        return told;
    }

    private static async Task RunAsync(IObserver<int> observer, Func<int, int> select, bool complete = true)
    {
        var builder = new TopologyBuilder("t");
        builder.From("values", [1, 2, 3]).Select(select).To("out", ObserverSink.To(observer, complete));
        await builder.Build().RunAsync(new JobOptions { Lanes = 1, BatchSize = 1 });
    }
}
