using System.Runtime.Loader;

namespace IoTStream.Repository.Tests.Layers;

[Parallelizable(ParallelScope.All)]
public sealed class LayeringTests
{
    private const string Upper = """
        namespace IoTStream.Runtime
        {
            public class Job { public static int Count; public static void Run() { } public static T Make<T>() => default!; }
            public interface IJob;
            public class JobAttribute : System.Attribute;
        }
        namespace IoTStream.Time { public static class Clock { public static void Tick() { } } }

        """;

    [TestCase("class User : Job;")]
    [TestCase("class User : IJob;")]
    [TestCase("class User : List<Job[]>;")]
    [TestCase("class User<T> where T : Job;")]
    [TestCase("[Job] class User;")]
    [TestCase("class User { Job? field; }")]
    [TestCase("class User { Job? Property { get; } }")]
    [TestCase("class User { void Take(in Job job) { } }")]
    [TestCase("class User { void Take<T>() where T : IJob { } }")]
    [TestCase("class User { List<Job>? Give() => null; }")]
    [TestCase("class User { void Call() => Job.Run(); }")]
    [TestCase("class User { int Read() => Job.Count; }")]
    [TestCase("class User { object Create() => new Job(); }")]
    [TestCase("class User { User() => Job.Run(); }")]
    [TestCase("class User { bool Test(object it) => it is Job; }")]
    [TestCase("class User { object Type() => typeof(Job); }")]
    [TestCase("class User { void Generic() => GC.KeepAlive(Array.Empty<Job>()); }")]
    [TestCase("class User { Action Lambda() => () => Job.Run(); }")]
    [TestCase("class User { async Task Wait() { await Task.Yield(); Job.Run(); } }")]
    public void A_lower_layer_that_uses_an_upper_one_is_found(string user) =>
        Violations($"using IoTStream.Runtime; namespace IoTStream.Operators {{ {user} }}").Should().NotBeEmpty();

    [TestCase("namespace IoTStream.Operators { class User { void Call() => IoTStream.Time.Clock.Tick(); } }")]
    [TestCase("namespace IoTStream.Runtime { class User { void Call() => Job.Run(); } }")]
    [TestCase("namespace IoTStream.Dsl { class User { Job? field; void Call() => Job.Run(); } }")]
    public void Uses_of_the_same_and_of_lower_layers_are_not(string user) =>
        Violations($"using IoTStream.Runtime; {user}").Should().BeEmpty();

    private static string[] Violations(string user)
    {
        AssemblyLoadContext context = new(nameof(LayeringTests), isCollectible: true);
        byte[] image = Library.Compile("using System; using System.Collections.Generic; using System.Threading.Tasks; " + user + Upper);
        string[] violations = [.. Layering.Violations(context.LoadFromStream(new MemoryStream(image)).GetTypes())];
        context.Unload();
        return violations;
    }
}
